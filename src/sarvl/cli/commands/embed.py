"""``sarvl embed``: image files to a table of features."""

from pathlib import Path
from typing import Annotated

import typer

from sarvl.cli.command import Command, Panel
from sarvl.cli.options import Bands, BatchSize, Device, Images, Model, Nodata, PixelQuantity, Workers
from sarvl.cli.printing import tell_refused


def embed(
    images: Images,
    model: Model,
    out: Annotated[Path, typer.Option(help="Parquet file to write: one row an image.")],
    quantity: PixelQuantity = None,
    bands: Bands = None,
    nodata: Nodata = None,
    device: Device = None,
    batch_size: BatchSize = None,
    workers: Workers = None,
) -> None:
    """Write the features of image files, each with its place on the map, to a Parquet table."""
    from sarvl.inference import embed as embed_images

    made = embed_images(
        images,
        model,
        out,
        quantity=quantity,
        bands=bands,
        nodata=nodata or (),
        device=device,
        batch_size=batch_size,
        workers=workers,
    )
    for refusal in made.refusals:
        tell_refused(refusal.reason)
    typer.echo(f"{made.images} of {made.images + len(made.refusals)} images in {out}; refused: {len(made.refusals)}")


COMMAND = Command(embed, Panel.MODELS, "sarvl embed scene.tif chips --model runs/ships --out features.parquet")

"""``sarvl embed``: image files to a table of features."""

from pathlib import Path
from typing import Annotated

import typer

from sarvl.cli.command import Command, Panel
from sarvl.cli.options import ImageOptions, Images, Model
from sarvl.cli.printing import tell_refused


def embed(
    images: Images,
    out: Annotated[Path, typer.Option(help="Parquet file to write: one row an image.")],
    options: ImageOptions,
    model: Model = None,
) -> None:
    """Write the features of image files, each with its place on the map, to a Parquet table."""
    from sarvl.inference import embed as embed_images

    made = embed_images(images, model, out, **options._asdict())
    for refusal in made.refusals:
        tell_refused(refusal.reason)
    typer.echo(f"{made.images} of {made.images + len(made.refusals)} images in {out}; refused: {len(made.refusals)}")


COMMAND = Command(embed, Panel.MODELS, "sarvl embed scene.tif chips --model runs/ships --out features.parquet")

"""``sarvl narrate``: captions of image files that have none."""

from pathlib import Path
from typing import Annotated

import typer

from sarvl.cli.command import Command, Panel
from sarvl.cli.options import ImageOptions, Images, Model, names_of


def narrate(
    images: Images,
    model: Model,
    options: ImageOptions,
    out: Annotated[Path, typer.Option(help="JSON lines of captions; what it holds already is not captioned again.")],
    classes: Annotated[
        list[str] | None,
        typer.Option(help="Classes that captions may count, with commas between them; with them counts are checked."),
    ] = None,
    samples: Annotated[
        int, typer.Option(help="Captions drawn beside the one that is kept; classes and counts must agree.", min=0)
    ] = 0,
    beams: Annotated[
        int, typer.Option(help="Texts followed at once; 1 takes the likeliest token each time.", min=1)
    ] = 1,
    groups: Annotated[int, typer.Option(help="Groups of beams, each with a search of its own.", min=1)] = 1,
) -> None:
    """Write captions of image files by a model; one that a gate refuses is kept apart, with the reason."""
    from sarvl.errors import ModelError
    from sarvl.inference import narrate as narrate_images
    from sarvl.models.decoding_settings import Decoding

    try:
        decoding = Decoding(beams=beams, groups=groups)
    except ValueError as problem:
        raise ModelError(str(problem)) from problem
    done = narrate_images(
        images,
        model,
        out,
        classes=names_of(classes),
        samples=samples,
        decoding=decoding,
        **options._asdict(),
    )
    typer.echo(
        f"{done.out}: {done.written} captions written, {done.held} that it held already; refused: {done.refused}"
    )


COMMAND = Command(narrate, Panel.MODELS, "sarvl narrate chips --model runs/captioner --out captions.jsonl --samples 2")

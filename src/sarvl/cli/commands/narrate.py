"""``sarvl narrate``: captions of image files that have none."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import typer

from sarvl.cli.command import Command, Panel
from sarvl.cli.options import ImageOptions, Images, names_of
from sarvl.cli.printing import tell_refused
from sarvl.models.loader import names_told


class NarrationOptions(NamedTuple):
    """How captions are written, and what they are checked by."""

    endpoint: Annotated[
        str | None,
        typer.Option(help="OpenAI-compatible server whose model writes: its base URL, or YAML of its settings."),
    ] = None
    cache: Annotated[
        Path | None, typer.Option(help="Folder for the answers of an endpoint; OUT.answers by default.")
    ] = None
    classes: Annotated[
        list[str] | None,
        typer.Option(help="Classes that captions may count, with commas between them; with them counts are checked."),
    ] = None
    samples: Annotated[
        int, typer.Option(help="Captions drawn beside the one that is kept; classes and counts must agree.", min=0)
    ] = 0
    beams: Annotated[
        int, typer.Option(help="Texts followed at once; 1 takes the likeliest token each time.", min=1)
    ] = 1
    drafts: Annotated[
        int, typer.Option(help="Captions drawn of an image, of which the one is kept that the others bear out.", min=1)
    ] = 1
    sure: Annotated[
        float, typer.Option(help="Share of the drafts that speak of a claim which must bear it out.", min=0.0, max=1.0)
    ] = 0.75
    groups: Annotated[int, typer.Option(help="Groups of beams, each with a search of its own.", min=1)] = 1
    domain: Annotated[
        Literal["sar", "optical"] | None, typer.Option(help="What the images are; of a corpus its own, else sar.")
    ] = None
    split: Annotated[str, typer.Option(help="Split of a corpus that is made of image files.")] = "train"
    copies: Annotated[
        int, typer.Option(help="Copies of the model that write at once, each in a process of its own.", min=1)
    ] = 1
    engine: Annotated[
        Literal["processes", "ray"], typer.Option(help="Where the copies run; ray: on Ray Data, over a cluster.")
    ] = "processes"


def narrate(
    images: Images,
    out: Annotated[
        Path,
        typer.Option(help="Captions as .jsonl or .csv, or the folder of a corpus; what is held already stays."),
    ],
    how: NarrationOptions,
    options: ImageOptions,
    model: Annotated[
        str | None,
        typer.Option(help=f"The model: {names_told()}. By default one that is packaged; of an endpoint, its id there."),
    ] = None,
) -> None:
    """Write captions of image files by a model; one that a gate refuses is kept apart, with the reason."""
    from sarvl.errors import ModelError
    from sarvl.inference import narrate as narrate_images
    from sarvl.inference.ledger import last_refusal
    from sarvl.models.decoding_settings import Decoding

    try:
        decoding = Decoding(beams=how.beams, groups=how.groups)
        if how.drafts > 1:
            decoding = replace(decoding, drafts=how.drafts, sure=how.sure, temperature=1.0, top_p=0.95)
    except ValueError as problem:
        raise ModelError(str(problem)) from problem
    searched = ("beams", "groups", "drafts", "sure", "classes")
    given = {name: value for name, value in how._asdict().items() if name not in searched}
    classes = names_of(how.classes)
    done = narrate_images(images, model, out, classes=classes, decoding=decoding, **given, **options._asdict())
    if done.refused:
        tell_refused(f"{last_refusal(done.refusals)} ({done.refusals} has each reason)")
    typer.echo(
        f"{done.out}: {done.written} captions written, {done.held} that it held already; refused: {done.refused}"
    )


COMMAND = Command(narrate, Panel.MODELS, "sarvl narrate chips --model runs/captioner --out captions.jsonl --samples 2")

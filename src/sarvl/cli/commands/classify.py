"""``sarvl classify``: how probable each of some classes is for image files."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column, Table

from sarvl.cli.command import Command, Panel
from sarvl.cli.options import ImageOptions, Images, Model, names_of
from sarvl.cli.printing import print_wide, tell_refused

if TYPE_CHECKING:
    from sarvl.inference.classification import Classified


def classify(
    images: Images,
    options: ImageOptions,
    classes: Annotated[
        list[str], typer.Option(help="Class names, with commas between them; may be given several times.")
    ],
    templates: Annotated[
        list[str] | None,
        typer.Option(
            help="Prompt with {} where the class name goes; may be given several times. Or the name of a prompt set, "
            "such as sarvlm-optical, or a YAML file of one. SARVLM's nine."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write JSON lines to this file, one an image.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
    model: Model = None,
) -> None:
    """Tell how probable each of some classes is for image files, by the prompts of each class."""
    from sarvl.evaluation.templates import DEFAULT_PROMPTS
    from sarvl.files import write_text
    from sarvl.inference import classify as classify_images
    from sarvl.inference.classification import Classified

    prompts = templates or [DEFAULT_PROMPTS]
    of_a_set = len(prompts) == 1 and "{" not in prompts[0]
    told = prompts[0] if of_a_set else prompts
    outcomes = list(classify_images(images, model, names_of(classes), templates=told, **options._asdict()))
    classified = [item for item in outcomes if isinstance(item, Classified)]
    for item in outcomes:
        if not isinstance(item, Classified):
            tell_refused(item.reason)
    lines = "".join(json.dumps(item.as_json(), ensure_ascii=False) + "\n" for item in classified)
    if out:
        write_text(out, lines)
        typer.echo(f"{len(classified)} of {len(outcomes)} images in {out}; refused: {len(outcomes) - len(classified)}")
    elif as_json:
        typer.echo(lines, nl=False)
    else:
        _print_probabilities(classified)


def _print_probabilities(classified: "Sequence[Classified]") -> None:
    names = list(classified[0].probabilities)
    table = Table(Column("file", no_wrap=True), "class", *(Column(name, justify="right") for name in names), "position")
    for item in classified:
        shares = [f"{item.probabilities[name]:.3f}" for name in names]
        position = f"{item.place.longitude:.4f}, {item.place.latitude:.4f}" if item.place else ""
        table.add_row(str(item.path), item.likeliest, *shares, position)
    print_wide(table)


COMMAND = Command(
    classify, Panel.MODELS, "sarvl classify scene.tif chips --model runs/ships --classes ship,bridge,forest"
)

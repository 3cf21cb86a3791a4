"""``sarvl export``: a corpus in the form of another library."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from sarvl.cli.command import Command, Panel
from sarvl.cli.options import Workers, names_in
from sarvl.corpus.export.form import EXPORTS, BoxForm
from sarvl.errors import SarvlError


def export(
    corpus: Annotated[Path, typer.Argument(help="Corpus folder.")],
    to: Annotated[str, typer.Option(help=f"The form: {', '.join(EXPORTS.names())}.", autocompletion=names_in(EXPORTS))],
    out: Annotated[Path, typer.Option(help="Folder for the export; an earlier export in it is replaced.")],
    split: Annotated[list[str] | None, typer.Option(help="Only these splits; may be given several times.")] = None,
    per_image: Annotated[
        str | None, typer.Option(help="Captions an image: a number or all; each form has its own default.")
    ] = None,
    image_format: Annotated[
        Literal["keep", "png"], typer.Option(help="keep: JPEG and PNG files stay as they are; png: all become PNG.")
    ] = "keep",
    shard_size: Annotated[int | None, typer.Option(help="Entries a shard, of a form in shards (1000).", min=1)] = None,
    conversation: Annotated[
        Literal["question", "image"] | None,
        typer.Option(help="Of a form of conversations: one a question (the default) or one an image."),
    ] = None,
    prompts: Annotated[
        Literal["plain", "sarlang"] | None,
        typer.Option(help="Of conversations: questions as they are (plain), or as SARLANG-1M and sarvl put them."),
    ] = None,
    choices: Annotated[
        Literal["text", "letter"] | None,
        typer.Option(help="Of conversations: what answers a question with choices (text)."),
    ] = None,
    boxes: Annotated[
        BoxForm | None, typer.Option(help="Of conversations: how boxes are written (xywh), such as by a model.")
    ] = None,
    workers: Workers = None,
) -> None:
    """Write a corpus in the form that another library reads."""
    from sarvl.corpus import Corpus
    from sarvl.corpus.export import export as export_corpus

    info = export_corpus(
        Corpus.open(corpus),
        out,
        to,
        splits=split or (),
        per_image=_number_or_all(per_image),
        image_format=image_format,
        shard_size=shard_size,
        conversation=conversation,
        prompts=prompts,
        choices=choices,
        boxes=boxes,
        workers=workers,
    )
    for name, written in info.splits.items():
        typer.echo(f"{name}: {', '.join(f'{count} {what}' for what, count in written.figures().items())}")
    typer.echo(f"pictures: {', '.join(f'{count} {treatment}' for treatment, count in info.pictures.items())}")
    typer.echo(f"images left out, for want of a text: {info.images_left_out}")
    typer.echo(f"read {out / 'README.md'}")


def _number_or_all(text: str | None) -> int | Literal["all"] | None:
    if text is None:
        return None
    if text != "all" and not text.isdecimal():
        raise SarvlError(f"--per-image {text}: give a number, or all")
    return "all" if text == "all" else int(text)


COMMAND = Command(export, Panel.DATA, "sarvl export corpora/ships --to webdataset --out exports/ships --split train")

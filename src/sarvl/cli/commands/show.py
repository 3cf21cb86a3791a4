"""``sarvl show``: a page to leaf through a corpus."""

from pathlib import Path
from typing import Annotated

import typer

from sarvl.cli.command import Command, Panel
from sarvl.cli.options import Workers


def show(
    corpus: Annotated[Path, typer.Argument(help="Corpus folder.")],
    out: Annotated[Path, typer.Option(help="The page to write.")] = Path("corpus.html"),
    split: Annotated[list[str] | None, typer.Option(help="Only these splits; may be given several times.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only these sources; may be given several times.")] = None,
    limit: Annotated[int, typer.Option(help="The most images; more are drawn.", min=1)] = 200,
    workers: Workers = None,
) -> None:
    """Write one self-contained page to leaf through images with boxes and texts, and what was refused."""
    from sarvl.browsing import show as write_page

    shown = write_page(corpus, out, splits=split or (), sources=source or (), limit=limit, workers=workers)
    typer.echo(f"{shown.images} of {shown.images_in_all} images, {shown.rejects} of {shown.rejects_in_all} refused")
    typer.echo(f"open {shown.page}")


COMMAND = Command(show, Panel.DATA, "sarvl show corpora/ships --out ships.html")

"""``sarvl merge``: corpora to one."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from sarvl.cli.command import Command, Panel
from sarvl.cli.options import Workers


def merge(
    corpora: Annotated[list[Path], typer.Argument(help="Corpus folders, two or more.")],
    out: Annotated[Path, typer.Option(help="Folder for the merged corpus.")],
    prefix: Annotated[
        list[str] | None,
        typer.Option(help="Put before the names of a corpus's sources; one for each corpus, in their order."),
    ] = None,
    duplicates: Annotated[
        Literal["report", "drop", "move"], typer.Option(help="What becomes of pictures that stand in several.")
    ] = "report",
    workers: Workers = None,
) -> None:
    """Merge finished corpora into one, and look for the pictures that they share."""
    from sarvl.corpus import merge as merge_corpora

    merged = merge_corpora(corpora, out, prefix or (), duplicates, workers)
    counts, audit = merged.info.counts, merged.info.audit
    typer.echo(f"{counts.images} images and {counts.texts} texts in {out}")
    typer.echo(f"duplicates: {audit.copies} images show {audit.pictures} pictures ({duplicates})")
    typer.echo(f"digest {merged.digest}")


COMMAND = Command(merge, Panel.DATA, "sarvl merge corpora/ships corpora/chips --out corpora/all")

"""``sarvl audit``: what a model is measured on, held against what it learnt from."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from sarvl.cli.command import Command, Panel
from sarvl.cli.options import Workers, names_of
from sarvl.cli.printing import print_wide

if TYPE_CHECKING:
    from sarvl.corpus.leaks import LeakAudit


def audit(
    corpus: Annotated[Path, typer.Argument(help="Corpus folder that is measured on.")],
    out: Annotated[Path, typer.Option(help="The file to write, for sarvl report --audit.")] = Path("leaks.json"),
    split: Annotated[str, typer.Option(help="Split that is measured on.")] = "test",
    against: Annotated[
        list[Path] | None, typer.Option(help="Corpus folder that was learnt from; by default the same corpus.")
    ] = None,
    learnt: Annotated[list[str] | None, typer.Option(help="Split that was learnt from; train by default.")] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="Model that learnt from these alone, as its history must say.")
    ] = None,
    workers: Workers = None,
) -> None:
    """Look for images of a split that are the same as those that a model learnt from, or of the same scenes."""
    from sarvl.evaluation.leak_audit import audit as audit_leaks

    audited = audit_leaks(
        corpus,
        out,
        split=split,
        against=against or (),
        learnt=names_of(learnt) or ("train",),
        models=model or (),
        workers=workers,
    )
    _print_audit(audited)
    typer.echo(f"leaks: {len(audited.leaks)} of {sum(audited.images.values())} images; written to {out}")


def _print_audit(audited: "LeakAudit") -> None:
    learnt = "; ".join(f"{part.split} of {part.corpus[:12]}, {part.images} images" for part in audited.learnt)
    title = f"{audited.split} of {audited.corpus[:12]}\nagainst {learnt}"
    table = Table("source", "images", "same file", "same picture", "same scene", title=title, title_justify="left")
    for source, images in audited.images.items():
        table.add_row(source, str(images), *map(str, audited.counts(source).values()))
    print_wide(table)


COMMAND = Command(
    audit, Panel.FIGURES, "sarvl audit corpora/ships --against corpora/ships --model runs/ships --out leaks.json"
)

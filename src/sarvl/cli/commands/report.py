"""``sarvl report``: result rows to a page."""

from pathlib import Path
from typing import Annotated

import typer

from sarvl.cli.command import Command, Panel
from sarvl.cli.options import Workers


def report(
    rows: Annotated[list[Path], typer.Argument(help="Files of result rows.")],
    out: Annotated[Path, typer.Option(help="The page to write.")] = Path("report.html"),
    model: Annotated[
        str | None, typer.Option(help="Model to show searches and training curves of, as for evaluate.")
    ] = None,
    corpus: Annotated[Path | None, typer.Option(help="Corpus to show images from, such as the errors.")] = None,
    split: Annotated[str, typer.Option(help="Split to show samples from.")] = "test",
    query: Annotated[list[str] | None, typer.Option(help="A sentence to show the nearest images for.")] = None,
    suite: Annotated[str | None, typer.Option(help="Show the rows as the tests of this suite, too.")] = None,
    corpora: Annotated[Path, typer.Option(help="Folder in which the corpora of the suite lie.")] = Path("corpora"),
    audit: Annotated[
        list[Path] | None, typer.Option(help="A file of sarvl audit, to stand beside the figures it is about.")
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            help="SOURCE=ROWS: rows of a model that did not learn from that source, to stand beside those that did."
        ),
    ] = None,
    workers: Workers = None,
) -> None:
    """Write one self-contained HTML page of results and errors; with the corpus it has pictures."""
    from sarvl.reporting.composition import report as write_page

    suites = {suite: corpora} if suite else {}
    page = write_page(
        rows,
        out,
        model=model,
        corpus=corpus,
        split=split,
        queries=query or (),
        suites=suites,
        audits=audit or (),
        without=dict(_source_and_rows(given) for given in without or ()),
        workers=workers,
    )
    typer.echo(f"report: {page}")


def _source_and_rows(given: str) -> tuple[str, Path]:
    source, sign, rows = given.partition("=")
    if not (source and sign and rows):
        raise typer.BadParameter(f"{given}: give SOURCE=ROWS, such as ships=rows.jsonl", param_hint="--without")
    return source, Path(rows)


COMMAND = Command(
    report, Panel.FIGURES, "sarvl report rows.jsonl --out report.html --model runs/ships --corpus corpora/ships"
)

"""``sarvl inspect``: what is in a corpus."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from sarvl.cli.command import Command, Panel
from sarvl.cli.options import Workers
from sarvl.cli.printing import print_wide
from sarvl.models.loader import names_told


def inspect(
    corpus: Annotated[Path, typer.Argument(help="Corpus folder.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    statements: Annotated[
        int | None, typer.Option(help="Statements to verify, drawn from the corpus's seed; all by default.", min=1)
    ] = None,
    embedder: Annotated[
        str | None,
        typer.Option(help=f"Model for the similarity of captions: {names_told()}."),
    ] = None,
    card: Annotated[bool, typer.Option("--card", help="Write these figures into the corpus's data card.")] = False,
    workers: Workers = None,
) -> None:
    """Describe a corpus: counts, diversity, balance, duplicates, and whether its statements are true."""
    from sarvl.corpus import Corpus
    from sarvl.corpus import inspect as inspect_corpus
    from sarvl.corpus.inspecting.card import draw_card
    from sarvl.corpus.inspecting.sections import sections_of

    texts = None
    if embedder:
        from sarvl.models import load_text_embedder

        texts = load_text_embedder(embedder)
    opened = Corpus.open(corpus)
    inspection = inspect_corpus(opened, embedder=texts, statements=statements, workers=workers)
    if card:
        draw_card(opened, inspection, corpus)
    if as_json:
        typer.echo(json.dumps(inspection.as_json(), indent=2, ensure_ascii=False))
        return
    for section in sections_of(inspection):
        table = Table(*section.head, title=section.title, title_justify="left")
        for row in section.rows:
            table.add_row(*row)
        print_wide(table)
        typer.echo(f"{section.remark}\n" if section.remark else "")
    typer.echo(f"digest {inspection.digest}")


COMMAND = Command(inspect, Panel.DATA, "sarvl inspect corpora/ships --embedder runs/ships --card")

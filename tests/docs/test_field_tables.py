"""The tables of contracts, of corpus tables and of rows hold exactly the fields that the code has."""

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest

from sarvl.annotations import AnnotatedImage
from sarvl.corpus.tables import SCHEMAS
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.task import TASKS
from sarvl.imagery import BandContract, InputContract, Patches, Prepared, SarImage, Square, Tiled
from sarvl.language import CLAIM_KINDS, Statement
from sarvl.models import create_model, save_model

DOCS = Path(__file__).resolve().parents[2] / "docs"


def table_under(page: str, heading: str) -> list[list[str]]:
    """Return the cells of the first table under a heading, without its head."""
    text = (DOCS / page).read_text(encoding="utf-8")
    _, found, section = text.partition(f"# {heading}\n")
    assert found, f"{page} has no heading {heading}"
    table = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert table
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table[0].splitlines()[2:]]


def fields_under(page: str, heading: str) -> list[str]:
    return [name for row in table_under(page, heading) for name in re.findall(r"`(\w+)`", row[0])]


def fields_of(kind: Any) -> tuple[str, ...]:
    if dataclasses.is_dataclass(kind):
        return tuple(field.name for field in dataclasses.fields(kind))
    return tuple(getattr(kind, "model_fields", None) or kind._fields)


@pytest.mark.parametrize(
    "kind",
    [SarImage, InputContract, BandContract, Square, Tiled, Patches, Prepared, AnnotatedImage, Statement],
    ids=lambda kind: kind.__name__,
)
def test_contracts_are_told_with_all_their_fields(kind: Any) -> None:
    assert sorted(fields_under("architecture.md", kind.__name__)) == sorted(fields_of(kind))


def test_claims_are_told_with_the_fields_of_all_kinds() -> None:
    fields = {field for _, kind in CLAIM_KINDS.items() for field in fields_of(kind.claim)}
    assert set(fields_under("architecture.md", "Claim")) == {"kind", *fields}


@pytest.mark.parametrize("table", SCHEMAS)
def test_tables_are_told_with_all_their_columns(table: str) -> None:
    assert sorted(fields_under("architecture.md", f"{table}.parquet")) == sorted(SCHEMAS[table].names)


def test_rows_are_told_with_all_their_fields() -> None:
    assert sorted(fields_under("evaluation.md", "ResultRow")) == sorted(ResultRow.model_fields)


def test_protocols_are_told_with_their_version() -> None:
    page = (DOCS / "evaluation.md").read_text(encoding="utf-8")
    assert all(f"(`{task.protocol}`)" in page for _, task in TASKS.items())


def test_the_sidecar_of_a_checkpoint_is_told_with_all_its_keys(tmp_path: Path) -> None:
    save_model(create_model("sarvl-tiny"), tmp_path, {}, "Apache-2.0")
    sidecar = json.loads((tmp_path / "sarvl.json").read_text(encoding="utf-8"))
    assert sorted(fields_under("architecture.md", "Checkpoint")) == sorted(sidecar)

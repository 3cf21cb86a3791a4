"""The field tables of the documentation hold exactly the fields, and the defaults, that the code has."""

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sarvl.annotations import AnnotatedImage, Source
from sarvl.annotations.source import Grouping
from sarvl.corpus.building.audit import AuditSettings
from sarvl.corpus.filters import TextFilter
from sarvl.corpus.recipe import BuildRecipe, CaptionSettings, Included
from sarvl.corpus.tables import SCHEMAS
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.task import TASKS
from sarvl.imagery import InputContract, SarImage
from sarvl.language import Claim, Statement
from sarvl.models import create_model, save_model
from sarvl.training.augment import Augmentation
from sarvl.training.recipe import ModelStart, Stage, TrainRecipe

DOCS = Path(__file__).resolve().parents[2] / "docs"
RECIPES = (
    BuildRecipe,
    Included,
    CaptionSettings,
    AuditSettings,
    Source,
    Grouping,
    TrainRecipe,
    ModelStart,
    Stage,
    TextFilter,
    Augmentation,
)


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
    "kind", [SarImage, InputContract, AnnotatedImage, Statement, Claim], ids=lambda kind: kind.__name__
)
def test_contracts_are_told_with_all_their_fields(kind: Any) -> None:
    assert sorted(fields_under("architecture.md", kind.__name__)) == sorted(fields_of(kind))


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


@pytest.mark.parametrize("kind", RECIPES, ids=lambda kind: kind.__name__)
def test_recipes_are_told_with_all_their_fields_and_defaults(kind: type[BaseModel]) -> None:
    told = {row[0].strip("`"): row[1] for row in table_under("recipes.md", kind.__name__)}
    assert told == {name: told_default(field) for name, field in kind.model_fields.items()}


def told_default(field: FieldInfo) -> str:
    """Return a default as the tables write it; one that is a model of its own is told in that model's table."""
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    if isinstance(default, BaseModel):
        told = {"CaptionSettings": "see below", "Augmentation": "off", "TextFilter": "all", "AuditSettings": "report"}
        told["RewriteSettings"] = "by rule"
        return told[type(default).__name__]
    if default is None:
        return "none"
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"

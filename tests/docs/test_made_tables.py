"""The tables of recipe fields and of formats in the pages are those that the code gives now."""

import runpy
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(DOCS / "make_tables.py"))


def test_no_table_is_out_of_date(script):
    stale = [page.name for page in script["pages"]() if script["with_tables"](page) != page.read_text(encoding="utf-8")]
    assert not stale, "run `make docs`"


def test_every_part_of_a_recipe_has_a_table(script):
    assert script["table_places"]().keys() == {*script["recipe_models"](), "formats", "loaders"}


def test_every_field_of_a_recipe_says_what_it_is(script):
    silent = [
        f"{name}.{field}"
        for name, model in script["recipe_models"]().items()
        for field, schema in model["properties"].items()
        if not schema.get("description")
    ]
    assert not silent, "write a docstring under these fields"


def test_a_wrong_table_is_written_anew(script, tmp_path, monkeypatch):
    page = tmp_path / "page.md"
    monkeypatch.setitem(script["table_places"].__globals__, "DOCS", tmp_path)
    page.write_text("# Yolo\n\n<!-- table: YoloOptions -->\nwrong\n<!-- end of table -->\n\nleft alone\n")
    text = script["with_tables"](page)
    assert "wrong" not in text
    assert "| `classes` | none | The class names in the order of their numbers," in text
    assert "| `without_txt` | `refuse` | An image that has no .txt file is refused;" in text
    assert text.endswith("\n<!-- end of table -->\n\nleft alone\n")

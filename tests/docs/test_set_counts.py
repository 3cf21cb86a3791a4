"""The page of the ready recipes: it lists them all, and what it says of our copies is what they hold."""

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "sets.md").read_text(encoding="utf-8")
COPIES = ("ssdd", "sar-acd", "sar-aircraft-1.0", "mstar, raw", "mstar, JPEG", "opensarship", "rsicd")
COMPOSED = {"mmsar", "sarvlm-1m", "sar-text", "sarlang-1m"}


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "docs" / "count_sets.py"))


def rows() -> dict[str, list[str]]:
    """Return the cells of the table of sets, by recipe."""
    table = PAGE.partition("## The sets")[2].partition("\n## ")[0]
    lines = re.findall(r"^\| `([^`]+)` \|(.*)\|$", table, re.MULTILINE)
    return {name: [cell.strip() for cell in cells.split("|")] for name, cells in lines}


def test_the_table_has_every_recipe_and_a_source_for_every_number() -> None:
    assert {*rows()} == {path.stem for path in (ROOT / "recipes" / "sets").glob("*.yaml")} - COMPOSED
    for layout, published, source, ours in rows().values():
        assert layout in {"seen", "part", "no"}
        assert bool(re.search(r"\d", published)) == bool(source)
        assert ours == "not held" or re.search(r"\d", ours)


def test_only_the_sets_that_we_hold_have_numbers_of_ours(script: dict[str, Any]) -> None:
    assert {*script["HELD"]} == {*COPIES}
    counted = {held.recipe for held in script["HELD"].values()}
    assert {name for name, cells in rows().items() if cells[-1] != "not held"} == counted


@pytest.mark.parametrize("name", COPIES)
def test_our_numbers_are_those_of_the_data(script: dict[str, Any], shared_data: Path, name: str) -> None:
    held = script["HELD"][name]
    told = script["row_of"](script["count"](held, shared_data))
    assert told in rows()[held.recipe][-1], "docs/sets.md is out of date; run docs/count_sets.py"


def test_the_questions_of_ssdd_are_those_of_the_preset(script: dict[str, Any], shared_data: Path) -> None:
    counts = script["applications"](script["HELD"]["ssdd"], shared_data)
    told = ", ".join(f"{number:,} {application}" for application, number in counts.most_common())
    assert told in PAGE.replace("\n", " "), "docs/sets.md is out of date; run docs/count_sets.py"

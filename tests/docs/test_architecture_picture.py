"""The pictures are those that the code gives now; the arrows of the architecture are the code's imports."""

import ast
import re
import runpy
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "src" / "sarvl"


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "docs" / "draw_architecture.py"))


def imports_by_reading(base: tuple[str, ...]) -> dict[tuple[str, str], int]:
    """Count as the script does, but from the ``import`` lines themselves."""
    importers: dict[tuple[str, str], set[Path]] = defaultdict(set)
    for path in SOURCES.rglob("*.py"):
        own = path.relative_to(SOURCES).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sarvl."):
                imported = (node.module or "").split(".")[1]
                importers["base" if own in base else own, "base" if imported in base else imported].add(path)
    left_out = {"__init__", "__main__"}
    return {pair: len(paths) for pair, paths in importers.items() if pair[0] != pair[1] and not left_out & set(pair)}


def test_the_committed_picture_is_what_the_code_gives(script: dict[str, Any]) -> None:
    committed = (ROOT / "docs" / "architecture.svg").read_text(encoding="utf-8")
    assert committed == script["draw"](), "docs/architecture.svg is out of date; run `make docs`"


def test_the_counts_are_those_of_the_import_lines(script: dict[str, Any]) -> None:
    assert script["count_imports"]() == imports_by_reading(script["BASE"])


def test_the_picture_is_whole_xml_with_an_arrow_for_every_import(script: dict[str, Any]) -> None:
    root = ElementTree.fromstring(script["draw"]())
    arrows = [item for item in root.iter() if item.get("class") == "arrow"]
    between_packages = [pair for pair in script["count_imports"]() if pair[1] != "base"]
    assert len(arrows) == len(between_packages) > 0


def test_every_arrow_goes_to_the_right_or_up_from_the_lower_row(script: dict[str, Any]) -> None:
    places = script["PLACES"]
    for importing, imported in script["count_imports"]():
        if imported != "base":
            assert places[imported][0] < places[importing][0]


def test_no_arrow_goes_through_a_package_that_it_has_nothing_to_do_with(script: dict[str, Any]) -> None:
    picture = script["Picture"](script["count_imports"]())
    for pair in picture.routes:
        for name in script["PLACES"].keys() - set(pair):
            left, top = picture.corner(name)
            right, bottom = left + script["BOX_WIDTH"], top + picture.box_height
            for (x0, y0), (x1, y1) in pairwise(picture.corners_of(pair)):
                crosses = max(x0, x1) > left and min(x0, x1) < right and max(y0, y1) > top and min(y0, y1) < bottom
                assert not crosses, f"{pair} crosses {name}; move it in PLACES"


def test_the_base_modules_do_not_run_into_each_other(script: dict[str, Any]) -> None:
    picture = script["Picture"](script["count_imports"]())
    cell = (picture.width - 2 * script["MARGIN"]) / script["BASE_COLUMNS"]
    assert script["BASE_LETTERS_A_LINE"] * 6 < cell  # a letter of 12 px is hardly ever 6 px wide


def test_the_first_picture_says_what_the_code_says_now() -> None:
    """The chip's bytes are left out: libraries may pack them differently."""
    drawn = runpy.run_path(str(ROOT / "docs" / "draw_first_picture.py"))["draw"]()
    committed = (ROOT / "docs" / "first_picture.svg").read_text(encoding="utf-8")
    assert re.sub(r'href=".*?"', "", committed) == re.sub(r'href=".*?"', "", drawn), "run `make docs`"

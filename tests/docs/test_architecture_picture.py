"""The picture of the architecture is the one that the code gives now, and its arrows are the code's imports."""

import ast
import runpy
from collections import defaultdict
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

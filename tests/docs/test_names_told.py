"""Modules, functions and files that pages and docstrings name are there: what has moved is told where it stands now."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "src" / "sarvl"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob(".github/**/*.md")])
MODULES = {
    ".".join(("sarvl", *path.relative_to(SOURCES).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in SOURCES.rglob("*.py")
}
GROUPS = set(re.findall(r'"(sarvl\.[a-z_]+)"', "".join(path.read_text(encoding="utf-8") for path in MODULES.values())))
DOTTED = re.compile(r"\bsarvl(?:\.[A-Za-z_]\w*)+")
PATH = re.compile(r"``?([\w.-]+/[\w./-]*)``?")
# What code in backticks may begin with, where it is a path of ours; other paths are those of a user's data.
TOPS = {path.name for path in (*SOURCES.iterdir(), *ROOT.iterdir())} - {"data", "corpus", "runs", "build"}


def is_told_truly(name: str) -> bool:
    """Say whether a dotted name is a module, or begins with one that has the next part of the name in it."""
    parts = name.split(".")
    known = next(count for count in range(len(parts), 0, -1) if ".".join(parts[:count]) in MODULES)
    if known == len(parts) or name in GROUPS | {"sarvl.json", "sarvl.md"}:
        return True
    return bool(re.search(rf"\b{parts[known]}\b", MODULES[".".join(parts[:known])].read_text(encoding="utf-8")))


def is_there(told: str, page: Path) -> bool:
    rooms = (path for path in SOURCES.iterdir() if path.is_dir())
    return any((folder / told).exists() for folder in (ROOT, SOURCES, *rooms, ROOT / "docs", page.parent))


def names_gone(text: str, page: Path) -> list[str]:
    dotted = [name for name in sorted(set(DOTTED.findall(text))) if not is_told_truly(name)]
    paths = {found for found in PATH.findall(text) if found.split("/")[0] in TOPS}
    return dotted + [found for found in sorted(paths) if not is_there(found, page)]


def test_what_is_named_is_there() -> None:
    paths = [*PAGES, *MODULES.values()]
    found = {path.relative_to(ROOT): names_gone(path.read_text(encoding="utf-8"), path) for path in paths}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize("gone", ["sarvl.corpus.bild", "sarvl.registry.Registri", "`language/claims/speckle.py`"])
def test_a_name_that_is_gone_is_found(gone: str) -> None:
    assert names_gone(f"See {gone}.", ROOT / "README.md") == [gone.strip("`")]

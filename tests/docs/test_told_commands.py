"""Commands that pages tell and no test runs: for other trainers, and with paths that a recipe takes from its folder."""

import re
import shlex
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands(text: str, program: str) -> list[list[str]]:
    """Return the words of each command of a program in the blocks of a page."""
    lines = text.replace("\\\n", " ").splitlines()
    return [shlex.split(line[line.index(program) :]) for line in lines if re.search(rf"(^|&& .*){program} ", line)]


def test_other_trainers_take_names_and_values():
    """Regression: LLaMA-Factory takes name=value behind a file of settings alone."""
    page = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
    for program, verb in (("llamafactory-cli", "train"), ("swift", "sft")):
        ((_, said, *words),) = commands(page, program)
        assert said == verb
        assert all(name.startswith("--") and "=" not in name for name in words[::2])
        assert not any(value.startswith("--") for value in words[1::2])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_corpus_behind_set_is_where_the_page_has_built_it(page):
    """Regression: recipes/published/corpora/ships was told, which is not there: paths are relative to the recipe."""
    for words in commands(page.read_text(encoding="utf-8"), "sarvl train"):
        folder = (ROOT / words[2]).parent
        for told in re.findall(r"\.corpus=(\S+)", " ".join(words)):
            built = (folder / told).resolve().relative_to(ROOT)
            assert f"--out {built}\n" in page.read_text(encoding="utf-8")

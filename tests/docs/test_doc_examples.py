"""Every recipe, command and program that the documentation shows is run, and must print what the page says."""

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

from sarvl.cli import app

DOCS = Path(__file__).resolve().parents[2] / "docs"
BLOCK = re.compile(r"(?:^`([^`\n]+)`:\n\n)?^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FORMAT_PAGES = sorted(path.relative_to(DOCS).as_posix() for path in (DOCS / "formats").glob("*.md"))


def run_page(name: str) -> int:
    """Run the blocks of a page in order, in the working folder; return how many outputs were compared.

    A block below a line with a file's name alone is that file.
    """
    compared, printed, names = 0, "", {"__name__": name}
    for file, language, text in BLOCK.findall((DOCS / name).read_text(encoding="utf-8")):
        if file:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            Path(file).write_text(text, encoding="utf-8")
        elif language == "yaml":
            head = re.match(r"# (\S+)\n", text)
            assert head, f"{name}: the first line of a recipe must be a comment with its file name"
            Path(head[1]).write_text(text, encoding="utf-8")
        elif language == "sh":
            run_commands(text)
        elif language == "python":
            captured = io.StringIO()
            with contextlib.redirect_stdout(captured):
                exec(compile(text, name, "exec"), names)
            printed = captured.getvalue()
        else:
            assert language == "text", f"{name}: no rule for a block of {language}"
            assert printed == text
            compared += 1
    return compared


def run_commands(text: str) -> None:
    """Run each line, a command of sarvl; in one process more, since spawning workers is slow and changes nothing."""
    for line in text.splitlines():
        program, *arguments = shlex.split(line)
        assert program == "sarvl"
        app([*arguments, "--workers", "1"], standalone_mode=False)


@pytest.mark.parametrize(
    "pages",
    [
        ("architecture.md",),
        ("language.md",),
        ("questions.md",),
        *((page,) for page in FORMAT_PAGES),
        ("corpus.md",),
        ("rewriting.md",),
        ("recipes.md", "evaluation.md"),
        ("inspect.md", "export.md"),
    ],
)
def test_pages_run_and_print_what_they_say(
    pages: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for page in pages:
        assert run_page(page) > 0


def test_every_page_with_examples_is_run() -> None:
    paths = [path for path in DOCS.rglob("*.md") if BLOCK.search(path.read_text(encoding="utf-8"))]
    assert {path.relative_to(DOCS).as_posix() for path in paths} == {
        *FORMAT_PAGES,
        "architecture.md",
        "corpus.md",
        "language.md",
        "questions.md",
        "formats.md",
        "rewriting.md",
        "recipes.md",
        "evaluation.md",
        "inspect.md",
        "export.md",
    }

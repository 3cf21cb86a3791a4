"""Every recipe, command and program that the documentation shows is run, and must print what the page says."""

import contextlib
import io
import re
import runpy
import shlex
import shutil
import textwrap
import tomllib
from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sarvl.cli import app

COMMANDS = {command.callback.__name__: command.callback for command in app.registered_commands}
ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FORMAT_PAGES = sorted(path.relative_to(DOCS).as_posix() for path in (DOCS / "formats").glob("*.md"))
BLOCK = re.compile(r"^( *)(?:`([^`\n]+)`:\n\n\1)?```(\w+)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)


class Block(NamedTuple):
    """A block of code of a page; one below a line with a file's name alone is that file."""

    file: str
    language: str
    text: str


def blocks_of(path: Path) -> list[Block]:
    found = BLOCK.findall(path.read_text(encoding="utf-8"))
    return [Block(file, language, textwrap.dedent(text)) for _, file, language, text in found]


def run_blocks(blocks: list[Block], name: str) -> int:
    """Run the blocks of a page in order, in the working folder; return how many outputs were compared."""
    compared, printed, names = 0, "", {"__name__": name}
    for block in blocks:
        if block.file:
            Path(block.file).parent.mkdir(parents=True, exist_ok=True)
            Path(block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "text":
            assert_printed(block.text, printed)
            compared += 1
        else:
            captured = io.StringIO()
            with contextlib.redirect_stdout(captured):
                run_block(block, name, names)
            printed = captured.getvalue()
    return compared


def run_block(block: Block, page: str, names: dict[str, Any]) -> None:
    if block.language == "yaml":
        write_recipe(block.text, page)
    elif block.language == "sh":
        run_commands(block.text)
    elif block.language == "toml":
        assert tomllib.loads(block.text)
    else:
        assert block.language == "python", f"{page}: no rule for a block of {block.language}"
        exec(compile(block.text, page, "exec"), names)


def write_recipe(text: str, name: str) -> None:
    head = re.match(r"# (\S+)\n", text)
    assert head, f"{name}: the first line of a recipe must be a comment with its file name"
    Path(head[1]).write_text(text, encoding="utf-8")


def run_commands(text: str) -> None:
    """Run each line, a command of sarvl; in one process more, since spawning workers is slow and changes nothing."""
    for line in text.splitlines():
        program, *arguments = shlex.split(line, comments=True)
        assert program == "sarvl"
        has_workers = "workers" in signature(COMMANDS[arguments[0]]).parameters
        app([*arguments, *(("--workers", "1") if has_workers else ())], standalone_mode=False)


def assert_printed(told: str, printed: str) -> None:
    """Compare what a page says with what was printed; ``...`` on a page stands for anything."""
    if told != printed:
        pattern = ".*".join(re.escape(part) for part in steady(told).split("..."))
        assert re.fullmatch(pattern, steady(printed), re.DOTALL), printed


def steady(text: str) -> str:
    """Return a text without what differs between machines: decimals, and the widths of tables that follow from them."""
    return re.sub(r" +", " ", re.sub(r"[━─]+", "─", re.sub(r"-?\d+\.\d+", "#", text)))


@pytest.mark.parametrize(
    "pages",
    [
        ("architecture.md",),
        ("language.md",),
        ("questions.md",),
        *((page,) for page in FORMAT_PAGES),
        ("corpus.md",),
        ("models.md",),
        ("answers.md",),
        ("compose.md",),
        ("rewriting.md",),
        ("recipes.md", "looking.md", "evaluation.md", "inference.md"),
        ("inspect.md", "export.md"),
        ("tutorial.md",),
    ],
)
def test_pages_run_and_print_what_they_say(
    pages: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for page in pages:
        blocks = [block._replace(text=in_small(block.text)) for block in blocks_of(DOCS / page)]
        assert run_blocks(blocks, page) > 0


def test_every_page_with_examples_is_run() -> None:
    paths = [path for path in DOCS.rglob("*.md") if BLOCK.search(path.read_text(encoding="utf-8"))]
    assert {path.relative_to(DOCS).as_posix() for path in paths} == {
        *FORMAT_PAGES,
        "answers.md",
        "architecture.md",
        "compose.md",
        "corpus.md",
        "language.md",
        "looking.md",
        "models.md",
        "questions.md",
        "rewriting.md",
        "recipes.md",
        "evaluation.md",
        "inference.md",
        "inspect.md",
        "export.md",
        "tutorial.md",
    }


def test_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stands, with smaller images and a small model for one epoch; what ``make`` runs is not run again."""
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(ROOT / "tests" / "recipes" / "fake_sets.py"))["make_sets"](
        tmp_path / "sets", ("mstar", "sample")
    )
    Path("recipes").symlink_to(ROOT / "recipes")
    blocks = [block._replace(text=in_small(block.text)) for block in blocks_of(ROOT / "README.md")]
    recipes, commands, programs = (
        [block for block in blocks if block.language == kind] for kind in ("yaml", "sh", "python")
    )
    assert commands.pop(0).text == "make quickstart\nmake test\n"
    assert (len(recipes), len(programs)) == (2, 1)
    run_blocks(recipes + commands, "README.md")
    assert {path.name for path in Path().iterdir()} >= {"rows.jsonl", "report.html", "corpora", "runs", "exports"}
    shutil.rmtree("runs")
    Path("rows.jsonl").unlink()
    run_blocks(programs, "README.md")
    assert Path("report.html").stat().st_size


# The tutorial with a quarter of its chips, and with the numbers that follow from theirs.
A_QUARTER = {
    "--chips 400": "--chips 100",
    "400 chips in": "100 chips in",
    "000399.png": "000099.png",
    "399 of 400 images": "99 of 100 images",
    "1995 captions": "495 captions",
    "1,995 of 1,995": "495 of 495",
    "│ 480 │": "│ 120 │",
}


def in_small(text: str) -> str:
    """Return recipes and commands with less to train; decimals that are printed are not compared."""
    small = A_QUARTER | {"sarvl-mobile": "sarvl-tiny", "epochs: 10": "epochs: 1", "epochs: 8": "epochs: 1"}
    small["root=/data"] = f"root={Path('sets').absolute()}"
    small["--chips 60"] = "--chips 60 --size 64"
    for old, new in small.items():
        text = text.replace(old, new)
    return text

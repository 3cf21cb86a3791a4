"""Formats of other packages: the example of the documentation, installed, and entry points that are broken."""

import importlib
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from sarvl.annotations import Box, Source, read_source
from sarvl.annotations.format import FORMATS
from sarvl.corpus.building.builder import build
from sarvl.corpus.recipe import BuildRecipe
from sarvl.errors import AnnotationError
from sarvl.recipes import load_recipe

PAGE = Path(__file__).resolve().parents[2] / "docs" / "formats.md"
BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, entry_point: str, module: str = "") -> None:
    """Put a package on the path as an installer would: its module, and a dist-info folder with its entry points."""
    (folder / "box_lines.py").write_text(module)
    info = folder / "sarvl_box_lines-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sarvl-box-lines\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[sarvl.formats]\n{entry_point}\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(importlib.import_module("sys").modules, "box_lines", raising=False)


@pytest.fixture
def documented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install the package that the documentation shows, and write a data set for it."""
    _, _, section = PAGE.read_text(encoding="utf-8").partition("\n## A format of your own\n")
    module, project = BLOCK.findall(section)[:2]
    heading, entry_point = project.splitlines()
    assert heading == '[project.entry-points."sarvl.formats"]'
    (tmp_path / "site").mkdir()
    install(tmp_path / "site", monkeypatch, entry_point.replace('"', ""), module)
    (tmp_path / "images").mkdir()
    cv2.imwrite(str(tmp_path / "images" / "a.png"), np.arange(40 * 60, dtype=np.uint8).reshape(40, 60))
    (tmp_path / "boxes.txt").write_text("# a port\na.png ship 1 2 30 20\na.png ship 40 5 90 15\na.png tug\n")
    return tmp_path


def test_the_documented_format_builds_a_corpus(documented):
    (documented / "corpus.yaml").write_text(
        "sources:\n  - {name: port, format: box_lines, images: images, annotations: boxes.txt, split: train,\n"
        "     quantity: display, options: {comment: '#'}}\n"
    )
    recipe = load_recipe(documented / "corpus.yaml", BuildRecipe)
    found = read_source(recipe.sources[0])
    assert [item.box for item in found.images[0].objects] == [Box(1, 2, 30, 20), Box(40, 5, 60, 15)]
    assert [(reject.unit, reject.file) for reject in found.rejects] == [("box", "line 4")]
    build(recipe, documented / "corpus")
    assert (documented / "corpus" / "texts.parquet").is_file()


def test_its_options_are_checked(documented):
    with pytest.raises(ValidationError, match="Extra inputs"):
        Source(
            name="s",
            format="box_lines",
            images=documented,
            annotations=documented,
            split="a",
            options={"comments": "%"},
        )


def test_it_is_named_among_the_formats(documented):
    with pytest.raises(AnnotationError, match="there are box_lines, captions, coco"):
        FORMATS.get("boxlines")


@pytest.mark.parametrize(
    ("entry_point", "module", "message"),
    [
        ("box_lines = box_lines:FORMAT", "FORMAT = 3", "is no sarvl.annotations.format.Format"),
        ("box_lines = box_lines:READER", "", "cannot be loaded"),
        ("box_lines = box_lines_gone:FORMAT", "", "cannot be loaded"),
        ("box_lines = box_lines:FORMAT", "import not_installed", "cannot be loaded"),
    ],
)
def test_broken_entry_points_are_named(tmp_path, monkeypatch, entry_point, module, message):
    install(tmp_path, monkeypatch, entry_point, module)
    with pytest.raises(AnnotationError, match=f"box_lines.*{message}"):
        FORMATS.get("box_lines")


def test_no_package_can_take_the_place_of_an_own_format(tmp_path, monkeypatch):
    install(tmp_path, monkeypatch, "coco = box_lines:FORMAT", "FORMAT = 3")
    assert FORMATS.get("coco").annotations == "the JSON file"


@pytest.mark.parametrize("name", FORMATS.names())
def test_every_own_format_is_there_and_documented(name):
    assert FORMATS.get(name).read
    page = PAGE.parent / "formats" / f"{name}.md"
    assert page.read_text(encoding="utf-8").startswith(f"# {name}\n")

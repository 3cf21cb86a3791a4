"""Formats of other packages: entry points that are broken; and each of ours has its page."""

import sys
from pathlib import Path

import pytest

from sarvl.annotations.format import FORMATS
from sarvl.errors import AnnotationError

PAGES = Path(__file__).resolve().parents[2] / "docs" / "formats"


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, entry_point: str, module: str = "") -> None:
    """Put a package on the path as an installer would: its module, and a dist-info folder with its entry points."""
    (folder / "box_lines.py").write_text(module)
    info = folder / "sarvl_box_lines-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sarvl-box-lines\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[sarvl.formats]\n{entry_point}\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "box_lines", raising=False)


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
    page = PAGES / f"{name}.md"
    assert page.read_text(encoding="utf-8").startswith(f"# {name}\n")

"""Exports of other packages: what is refused; and the page names all of ours."""

import re
import sys
from pathlib import Path

import pytest
from made_corpus import image_of, made_corpus, speckle, text_of

from sarvl.corpus.export import export
from sarvl.corpus.export.form import EXPORTS
from sarvl.errors import CorpusError

PAGE = Path(__file__).resolve().parents[2] / "docs" / "export.md"


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, entry_point: str, module: str) -> None:
    """Put a package on the path as an installer would: its module, and a dist-info folder with its entry points."""
    info = folder / "caption_lines-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "caption_lines.py").write_text(module)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: caption-lines\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[sarvl.exports]\n{entry_point}\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "caption_lines", raising=False)


def test_a_plug_in_that_is_no_export_is_named(tmp_path, monkeypatch):
    install(tmp_path / "site", monkeypatch, "caption_lines = caption_lines:EXPORT", "EXPORT = 3")
    corpus = made_corpus(tmp_path, [image := image_of(tmp_path, "made", "a.png", speckle())], [text_of(image, "One.")])
    with pytest.raises(
        CorpusError, match=r"'caption-lines' of sarvl\.exports is no sarvl\.corpus\.export\.form\.Export"
    ):
        export(corpus, tmp_path / "out", "caption-lines")


def test_the_documentation_has_a_line_for_every_form():
    table = PAGE.read_text(encoding="utf-8").partition("\n| form |")[2].partition("\n\n")[0]
    assert sorted(re.findall(r"^\| `([\w-]+)`", table, re.MULTILINE)) == sorted(EXPORTS.names())

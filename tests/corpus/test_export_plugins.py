"""Exports of other packages: the example of the documentation, installed and used by the command line."""

import json
import re
import sys
from pathlib import Path

import pytest
from made_corpus import image_of, made_corpus, speckle, text_of

from sarvl import cli
from sarvl.corpus.export import export
from sarvl.corpus.export.form import EXPORTS
from sarvl.errors import CorpusError

PAGE = Path(__file__).resolve().parents[2] / "docs" / "export.md"
BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, entry_point: str, module: str) -> None:
    """Put a package on the path as an installer would: its module, and a dist-info folder with its entry points."""
    info = folder / "caption_lines-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "caption_lines.py").write_text(module)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: caption-lines\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[sarvl.exports]\n{entry_point}\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "caption_lines", raising=False)


def documented() -> tuple[str, str]:
    """Return the module and the entry point that the documentation shows."""
    _, _, section = PAGE.read_text(encoding="utf-8").partition("\n## An export of your own\n")
    module, project = BLOCK.findall(section)[:2]
    heading, entry_point = project.splitlines()
    assert heading == '[project.entry-points."sarvl.exports"]'
    assert len(module.splitlines()) <= 40
    return module, entry_point.replace('"', "")


def test_the_documented_export_is_used_by_the_command_line(tmp_path, monkeypatch, capsys):
    module, entry_point = documented()
    install(tmp_path / "site", monkeypatch, entry_point, module)
    assert EXPORTS.names()[-1] == "caption-lines"
    folder, out = tmp_path / "corpus", tmp_path / "out"
    image = image_of(folder, "made", "a.png", speckle())
    made_corpus(folder, [image], [text_of(image, "One."), text_of(image, "Two.")])
    arguments = ["sarvl", "export", str(folder), "--to", "caption-lines", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code in (0, None)
    assert "train: 1 images, 2 captions, 0 questions" in capsys.readouterr().out
    lines = [json.loads(line) for line in (out / "train.jsonl").read_text().splitlines()]
    assert lines == [{"image": "images/made_a.png", "caption": text} for text in ("One.", "Two.")]
    assert (out / "images" / "made_a.png").is_file()
    assert "# caption-lines export of corpus" in (out / "README.md").read_text()


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

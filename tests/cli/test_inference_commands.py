"""Commands that ask a model about image files, as they are called."""

import json
import sys

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from micro import make_model

from sarvl import cli
from sarvl.cli.options import ImageOptions
from sarvl.models import load_model, save_model, with_fresh_decoder
from sarvl.models.decoding_settings import Decoding


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    make_model(tmp_path)
    (tmp_path / "chips").mkdir()
    cv2.imwrite("chips/a.png", np.arange(900, dtype=np.uint8).reshape(30, 30))
    (tmp_path / "chips" / "b.png").write_bytes(b"torn")

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sarvl", *arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        captured = capsys.readouterr()
        return int(caught.value.code or 0), captured.out, captured.err

    return call


def test_embed_tells_what_was_refused(run, tmp_path):
    code, out, err = run("embed", "chips", "--model", "model", "--out", "f.parquet", "--batch-size", "1")
    assert (code, out) == (0, "1 of 2 images in f.parquet; refused: 1\n")
    assert "refused: chips/b.png: not an image" in err
    assert pq.read_table(tmp_path / "f.parquet")["file"].to_pylist() == ["chips/a.png"]


def test_classify_prints_a_table_or_lines_of_json_or_writes_them(run, tmp_path):
    asked = ("classify", "chips/*.png", "--model", "model", "--classes", "ship, bridge", "--classes", "forest")
    code, out, err = run(*asked)
    assert code == 0
    assert "refused: chips/b.png" in err
    assert all(word in out for word in ("chips/a.png", "ship", "bridge", "forest"))
    _, out, _ = run(*asked, "--json")
    line = json.loads(out)
    assert list(line["probabilities"]) == ["ship", "bridge", "forest"]
    _, told, _ = run(*asked, "--out", "found.jsonl")
    assert told == "1 of 2 images in found.jsonl; refused: 1\n"
    assert json.loads((tmp_path / "found.jsonl").read_text()) == line


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("embed", ["--out", "f.parquet"]),
        ("classify", ["--classes", "ship, bridge", "--classes", "forest"]),
        ("narrate", ["--out", "c.jsonl", "--classes", "ship, bridge", "--classes", "forest"]),
    ],
)
def test_options_of_image_files_go_from_every_command_to_inference(run, monkeypatch, command, arguments):
    given = {}
    monkeypatch.setattr(f"sarvl.inference.{command}", lambda *_, **options: given.update(options) or sys.exit(0))
    shared = ["--quantity", "decibel", "--bands", "VV", "--bands", "VH", "--nodata", "-9999"]
    shared += ["--device", "cpu", "--batch-size", "8", "--workers", "3"]
    assert run(command, "chips", "--model", "m", *arguments, *shared) == (0, "", "")
    told = ImageOptions("decibel", ["VV", "VH"], [-9999.0], "cpu", 8, 3)
    assert {name: given[name] for name in ImageOptions._fields} == told._asdict()
    assert given.get("classes", ["ship", "bridge", "forest"]) == ["ship", "bridge", "forest"]


def test_narrate_tells_what_was_refused_and_where_it_stands(run, tmp_path):
    """Bug: of what was refused it printed the count, and neither a reason nor the file."""
    save_model(with_fresh_decoder(load_model(tmp_path / "model")), tmp_path / "captioner", {}, "none")
    code, out, err = run("narrate", "chips/b.png", "--model", "captioner", "--out", "c.jsonl")
    assert (code, out) == (1, "")
    assert "no caption was kept; c.refused.jsonl has the reasons, such as chips/b.png: not an image" in err
    kept = {"image": "chips/a.png", "caption": "A ship.", "producer": "model:m"}
    (tmp_path / "c.jsonl").write_text(f"{json.dumps(kept)}\n")
    code, out, err = run("narrate", "chips", "--model", "captioner", "--out", "c.jsonl")
    assert (code, out) == (0, "c.jsonl: 0 captions written, 1 that it held already; refused: 1\n")
    assert "\nrefused: chips/b.png: not an image" in err
    assert err.endswith("(c.refused.jsonl has each reason)\n")


def test_drafts_of_narrate_are_drawn(run, monkeypatch):
    given = {}
    monkeypatch.setattr("sarvl.inference.narrate", lambda *_, **options: given.update(options) or sys.exit(0))
    asked = ("narrate", "chips", "--model", "m", "--out", "c.jsonl", "--drafts", "16", "--sure", "0.9")
    assert run(*asked) == (0, "", "")
    assert given["decoding"] == Decoding(drafts=16, sure=0.9, temperature=1.0, top_p=0.95)
    code, _, err = run(*asked, "--beams", "2")
    assert (code, "either drawn or followed by beams" in err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("embed", "chips", "--model", "absent", "--out", "f"), "error: absent: no such folder"),
        (("classify", "chips", "--model", "model", "--classes", "ship"), "error: classes ship: give two or more"),
        # Bug: a class that stood twice was half as probable.
        (("classify", "chips", "--model", "model", "--classes", "ship,Ship"), "error: classes ship, Ship: give two or"),
        (
            ("classify", "chips", "--model", "model", "--classes", "a,b", "--templates", "x"),
            "error: no prompt set 'x'; there are",
        ),
        (
            ("classify", "chips", "--model", "model", "--classes", "a,b", "--templates", "x", "--templates", "{}"),
            "error: template 'x': has 0 places",
        ),
        (("embed", "chips/b.png", "--model", "model", "--out", "f"), "error: chips/b.png: not an image"),
    ],
)
def test_an_error_is_one_line(run, arguments, reason):
    code, out, err = run(*arguments)
    assert (code, out) == (1, "")
    lines = [line for line in err.splitlines() if not line.startswith("read images: ")]
    assert len(lines) == 1
    assert lines[0].startswith(reason)

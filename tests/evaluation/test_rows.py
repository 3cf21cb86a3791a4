import json
import os
from multiprocessing import get_context

import pytest
from pydantic import ValidationError

from sarvl.errors import EvaluationError
from sarvl.evaluation.rows import ResultRow, append_rows, read_rows


def row(metric="top1", **changes):
    fields = {
        "task": "zeroshot",
        "metric": metric,
        "value": 0.5,
        "low": 0.25,
        "high": 0.75,
        "n": 8,
        "chance": 0.1,
        "model": "runs/a",
        "split": "test",
        "protocol": "zeroshot-2",
        "row_version": 2,
        "settings": {"templates": ["a SAR image of {}"]},
        "outcome": "o",
        "weights_hash": "w",
        "contract_hash": "c",
        "corpus_digest": "d",
    }
    return ResultRow(**(fields | changes))


def append_many(path, writer):
    for number in range(30):
        append_rows(path, [row(f"writer {writer} row {number} part {part}" + "x" * 3000) for part in range(3)])


def test_rows_come_back_as_they_were_written(tmp_path):
    path = tmp_path / "runs" / "rows.jsonl"
    rows = [row(), row("ECE", low=None, high=None, chance=None, settings={})]
    append_rows(path, rows[:1])
    append_rows(path, rows[1:])
    append_rows(path, [])
    assert read_rows(path) == rows


def test_rows_of_version_1_are_read(tmp_path):
    old = json.loads(row().model_dump_json())
    kept = {name: value for name, value in old.items() if name not in ("row_version", "settings", "outcome")}
    lines = [kept | {"prompts": prompts, "seed": 0} for prompts in (["a SAR image of {}"], [])]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    first, second = read_rows(tmp_path / "rows.jsonl")
    assert (first.row_version, first.outcome) == (1, None)
    assert first.key() == row().key()
    assert second.settings == {}


def test_key_tells_figures_apart_but_not_their_values():
    assert row().key() == row(value=0.9, low=None, high=None, n=3, chance=None, ceiling=1.0).key()
    for name in ("task", "metric", "source", "split", "protocol", "weights_hash", "corpus_digest"):
        assert row(**{name: "other"}).key() != row().key()
    assert row(model="./other/").key() == row().key()  # another spelling of the same weights
    assert len({row().key(), row().key()}) == 1


def test_two_processes_do_not_interleave(tmp_path):
    path = tmp_path / "rows.jsonl"
    context = get_context("spawn")
    writers = [context.Process(target=append_many, args=(path, name)) for name in (0, 1)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    metrics = [found.metric for found in read_rows(path)]
    assert len(metrics) == len(set(metrics)) == 180
    starts = [metric.split(" part ")[0] for metric in metrics]
    assert all(len(set(starts[i : i + 3])) == 1 for i in range(0, 180, 3))  # each append stands in one piece


def test_torn_last_line_is_left_out_then_cut_off(tmp_path):
    path = tmp_path / "rows.jsonl"
    append_rows(path, [row("a")])
    with path.open("ab") as stream:
        stream.write(b'{"task": "zeroshot", "met')
    with pytest.warns(UserWarning, match="line 2 was torn"):
        assert [found.metric for found in read_rows(path)] == ["a"]
    with pytest.warns(UserWarning, match="cut off"):
        append_rows(path, [row("b")])
    assert [found.metric for found in read_rows(path)] == ["a", "b"]


def test_torn_line_longer_than_a_block_is_cut_off_whole(tmp_path):
    path = tmp_path / "rows.jsonl"
    append_rows(path, [row("a")])
    with path.open("ab") as stream:
        stream.write(b'{"task": "' + b"x" * 200_000)
    with pytest.warns(UserWarning, match="cut off"):
        append_rows(path, [row("b")])
    assert [found.metric for found in read_rows(path)] == ["a", "b"]


def test_line_that_only_lacks_its_break_is_kept(tmp_path):
    path = tmp_path / "rows.jsonl"
    append_rows(path, [row("a")])
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert read_rows(path) == [row("a")]
    append_rows(path, [row("b")])
    assert [found.metric for found in read_rows(path)] == ["a", "b"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"value": "high"}, "line 2: value"),
        ({"extra": 1}, "line 2: extra"),
        ({"row_version": 3}, "line 2: row_version"),
        ({"value": float("nan")}, "line 2: value"),
    ],
)
def test_faulty_lines_are_named(tmp_path, change, words):
    path = tmp_path / "rows.jsonl"
    append_rows(path, [row()])
    with path.open("a") as stream:
        stream.write(json.dumps(json.loads(row().model_dump_json()) | change) + "\n")
    with pytest.raises(EvaluationError, match=words):
        read_rows(path)


def test_missing_file_and_unwritable_place_are_named(tmp_path):
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_rows(tmp_path / "none.jsonl")
    with pytest.raises(EvaluationError, match="cannot be written"):
        append_rows(tmp_path, [row()])


@pytest.mark.parametrize("change", [{"value": float("inf")}, {"low": float("nan")}, {"other": 1}])
def test_rows_hold_finite_known_fields_only(change):
    with pytest.raises(ValidationError):
        row(**change)


def test_rows_that_a_full_disk_cuts_are_taken_back(tmp_path, monkeypatch):
    path = tmp_path / "rows.jsonl"
    append_rows(path, [row("a")])
    whole_write = os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda descriptor, data: whole_write(descriptor, data[:20]))
        with pytest.raises(EvaluationError, match="free some space"):
            append_rows(path, [row("b")])
    assert read_rows(path) == [row("a")]

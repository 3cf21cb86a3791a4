"""metrics.jsonl: what is written is what is read, older runs are read too, and a damaged line is one clear line."""

import json
import os
import random
from pathlib import Path

import pytest

from sarvl.documents import as_json, parsed_document
from sarvl.errors import ModelError
from sarvl.models.history import StageEntry
from sarvl.training import read_metrics
from sarvl.training.run.log import TrainingLog
from sarvl.training.run.metrics import EpochMetrics, StepMetrics, line_of
from sarvl.training.run.state import Position

STEP = StepMetrics(kind="step", stage="a", global_step=0, loss=0.1, rate=1e-3, parts={"size": 1 / 3})
EPOCH = EpochMetrics(kind="epoch", stage="a", global_step=0, figures={"validation_loss": 2 / 3})


def write(folder: Path, *lines: str) -> None:
    (folder / "metrics.jsonl").write_text("".join(lines))


def test_a_torn_last_line_is_no_metric(tmp_path):
    write(tmp_path, line_of(STEP), '{"stage": "a", "gl')
    assert read_metrics(tmp_path) == [STEP]
    assert read_metrics(tmp_path / "absent") == []
    log = TrainingLog(tmp_path, 1)
    log.write(later := STEP.model_copy(update={"global_step": 1, "loss": 1 / 3}))
    log.close()
    assert read_metrics(tmp_path) == [STEP, later]


def test_what_is_written_is_what_is_read(tmp_path):
    log = TrainingLog(tmp_path, 0)
    log.write(STEP)
    log.write(EPOCH)
    log.close()
    assert read_metrics(tmp_path) == [STEP, EPOCH]


def test_lines_of_version_1_say_the_same(tmp_path):
    write(
        tmp_path,
        '{"stage": "a", "global_step": 0, "loss": 0.1, "rate": 0.001, "loss/size": 0.3333333333333333}\n',
        '{"stage": "a", "global_step": 0, "validation_loss": 0.6666666666666666}\n',
    )
    assert read_metrics(tmp_path) == [STEP, EPOCH]


@pytest.mark.parametrize("line", [b"", b"\0" * 40, b"\xff\xfe{}", b"[" * 10_000, b'{"loss": 1e999}'])
def test_a_line_of_no_text_is_one_line_with_its_number(tmp_path, line):
    """Bytes that are no UTF-8 were a traceback."""
    (tmp_path / "metrics.jsonl").write_bytes(line_of(STEP).encode() + line + b"\n")
    with pytest.raises(ModelError, match=r"metrics\.jsonl: line 2: .*; remove the line") as caught:
        read_metrics(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (json.dumps({**json.loads(line_of(STEP)), "lose": 1}), "lose: no such field"),
        (json.dumps({name: value for name, value in json.loads(line_of(STEP)).items() if name != "rate"}), "rate: "),
        (json.dumps({name: value for name, value in json.loads(line_of(EPOCH)).items() if name != "kind"}), "kind: "),
        (json.dumps({**json.loads(line_of(EPOCH)), "format_version": 3}), "of format 3, where this version reads 2"),
        ('{"stage": "a", "loss": 1.0, "rate": 0.1}', "global_step: "),
        ('{"stage": "a", "global_step": 1, "loss": "high", "rate": 0.1}', "loss: "),
        ("[]", "of format None"),
        ("{", "not valid JSON"),
    ],
)
def test_a_damaged_line_is_told_with_its_number(tmp_path, line, reason):
    write(tmp_path, line_of(STEP), f"{line}\n", line_of(EPOCH))
    with pytest.raises(ModelError, match=rf"metrics\.jsonl: line 2: {reason}") as caught:
        read_metrics(tmp_path)
    assert "\n" not in str(caught.value)


VALUES = (None, True, -1, 0, 99, 10**30, 1e308, float("nan"), float("inf"), "", "ship", [], [1], {}, {"a": 1}, [[]])


def damaged(rng: random.Random, content: bytes) -> bytes:
    """Return a file with a few bytes changed, cut, repeated or zeroed, or a field of a line set to anything."""
    for _ in range(rng.randint(1, 3)):
        start = rng.randrange(len(content) + 1)
        end = min(len(content), start + rng.randint(0, 40))
        lines = content.split(b"\n")
        how = rng.randrange(5)
        if how == 0:
            content = content[:start] + rng.randbytes(rng.randint(0, 4)) + content[end:]
        elif how == 1:
            content = content[:start] + bytes(end - start) + content[end:]
        elif how == 2:
            content = content[:end] + content[start:]
        elif how == 3:
            content = content[:start]
        else:
            row = json.loads(line_of(rng.choice((STEP, EPOCH))))
            row[rng.choice([*row, "other"])] = rng.choice(VALUES)
            lines.insert(rng.randrange(len(lines)), json.dumps(row).encode())
            content = b"\n".join(lines)
    return content


def test_whatever_the_file_holds_it_is_metrics_or_one_line(tmp_path):
    rng = random.Random(7)
    whole = (line_of(STEP) + line_of(EPOCH)).encode() * 3
    refused = 0
    for _ in range(2000):
        (tmp_path / "metrics.jsonl").write_bytes(damaged(rng, whole))
        try:
            assert all(line_of(metrics) for metrics in read_metrics(tmp_path))
        except ModelError as problem:
            assert "\n" not in str(problem)
            refused += 1
    assert 500 < refused < 2000


def test_whatever_a_position_says_it_is_a_place_in_the_run_or_refused():
    rng = random.Random(8)
    entry = StageEntry(
        stage="a",
        corpus_digest="0" * 64,
        split="train",
        images=9,
        steps=4,
        epochs=2.0,
        batch_size=4,
        learning_rate=0.1,
        seed=0,
    )
    whole = as_json(Position.at_stage(1, 4, [entry]).with_best((0.5, -1.0)))
    accepted = 0
    for _ in range(2000):
        value = json.loads(json.dumps(whole))
        part = rng.choice((value, value, value["history"][0]))
        part[rng.choice([*part, "other"])] = rng.choice(VALUES)
        try:
            position = parsed_document(value, "state", Position, ModelError, "begin again")
        except ModelError as problem:
            assert "\n" not in str(problem)
            continue
        if position.is_in(["a", "b"]):
            accepted += 1
            assert (position.stage, position.step, position.global_step) == (1, 0, 4)
    assert accepted > 10


def test_a_log_beyond_all_limits_is_one_line(tmp_path):
    (tmp_path / "metrics.jsonl").touch()
    os.truncate(tmp_path / "metrics.jsonl", 2**35)
    with pytest.raises(ModelError, match=r"metrics\.jsonl: larger than"):
        read_metrics(tmp_path)

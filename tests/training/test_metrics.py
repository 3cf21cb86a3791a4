"""metrics.jsonl: what is written is what is read, older runs are read too, and a damaged line is one clear line."""

import json
from pathlib import Path

import pytest

from sarvl.errors import ModelError
from sarvl.training import read_metrics
from sarvl.training.log import TrainingLog
from sarvl.training.metrics import EpochMetrics, StepMetrics, line_of

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

"""Progress: lines with units where there is no terminal, a bar where there is one, and a log that can be parsed."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from sarvl import progress as module
from sarvl.errors import SarvlError
from sarvl.progress import Loudness, detail, note, progress, tell


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test moves on."""
    now = [100.0]
    monkeypatch.setattr("sarvl.progress.time.monotonic", lambda: now[0])
    return now


@pytest.fixture
def told(monkeypatch):
    """What is printed on standard error that is no terminal."""
    stream = io.StringIO()
    monkeypatch.setattr(module, "_console", Console(file=stream, force_terminal=False))
    yield lambda: stream.getvalue().splitlines()
    tell()


def work(clock, **options: int) -> None:
    with progress("check images", 4000, "images", **options) as advance:
        for _ in range(40):
            clock[0] += 2
            advance(100)


def test_lines_come_by_the_clock_with_units_rate_and_time_left(clock, told):
    work(clock)
    assert told() == [
        "check images: 1500 of 4000 images, 50 images/s, 50 s left",
        "check images: 3000 of 4000 images, 50 images/s, 20 s left",
        "check images: 4000 images in 1 min 20 s",
    ]


def test_lines_come_by_the_count_and_each_milestone_has_its_figures(clock, told):
    with progress("train ships", 6, "steps", 2, line_every=2) as advance:
        for step in range(2, 6):
            clock[0] += 40
            advance(1, {"loss": 3.14159 / step, "rate": 1e-4, "pairs/s": 812.4})
        advance.milestone("epoch 3 of 3", {"loss": 0.5, "validation_loss": 0.25})
    assert told() == [
        "train ships: 4 of 6 steps, loss 1.047, rate 0.0001, 812.4 pairs/s, 1 min 20 s left",
        "train ships: 6 of 6 steps, loss 0.6283, rate 0.0001, 812.4 pairs/s",
        "train ships: epoch 3 of 3, loss 0.5, validation loss 0.25",
        "train ships: 6 steps in 2 min 40 s, loss 0.6283, rate 0.0001, 812.4 pairs/s",
    ]


@pytest.mark.parametrize(("unit", "said"), [("images", "1 image"), ("boxes", "1 box"), ("queries", "1 query")])
def test_one_is_said_in_the_singular(told, unit, said):
    with progress("read", 1, unit) as advance:
        advance(1, {"% of time waiting for data": 0.25})
    assert told() == [f"read: {said} in 0.0 s, 0.25 % of time waiting for data"]


@pytest.mark.parametrize(
    ("loudness", "expected"), [(Loudness.QUIET, 0), (Loudness.USUAL, 1 + 3), (Loudness.VERBOSE, 2 + 14)]
)
def test_quiet_and_verbose(clock, told, loudness, expected):
    tell(loudness)
    note("as told to everybody")
    detail("only of interest to some")
    work(clock)
    assert len(told()) == expected


def test_the_log_has_all_of_it_however_quiet(clock, told, tmp_path):
    tell(Loudness.QUIET, tmp_path / "log.jsonl")
    note("a “note”\nof two lines")
    detail("a detail")
    with progress("train", 2, "steps", line_every=1) as advance:
        clock[0] += 1
        advance(1, {"loss": float("nan")})
        advance.milestone("epoch 1 of 2", {})
    with pytest.raises(ZeroDivisionError), progress("again", 1, "steps"):
        raise ZeroDivisionError
    tell(Loudness.QUIET, tmp_path / "log.jsonl")  # a second run goes on in the same file
    note("later")
    assert told() == []
    entries = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    events = ["note", "detail", "begin", "progress", "milestone", "end", "begin", "broken off", "note"]
    assert [entry["event"] for entry in entries] == events
    assert entries[0]["text"] == "a “note”\nof two lines"
    assert all(entry["time"].endswith("+00:00") for entry in entries)
    place = {"work": "train", "done": 1, "total": 2, "unit": "steps", "seconds": 1.0, "seconds_left": 1.0}
    assert {name: entries[3][name] for name in place} == place
    assert entries[3]["figures"] == {"loss": None}
    assert entries[4]["milestone"] == "epoch 1 of 2"


def test_a_log_that_cannot_be_opened_is_one_line(tmp_path):
    with pytest.raises(SarvlError, match=r"no/log\.jsonl: cannot be written \(No such file or directory\)"):
        tell(log_json=Path(tmp_path / "no" / "log.jsonl"))


def test_a_terminal_has_a_bar_with_units(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(module, "_console", Console(file=stream, force_terminal=True, width=200))
    with progress("train ships", 6, "steps") as advance:
        advance(4, {"loss": 0.5})
        advance.milestone("epoch 1 of 2", {})
    assert "4/6 steps" in stream.getvalue()
    assert "loss 0.5" in stream.getvalue()
    assert "epoch 1 of 2" not in stream.getvalue()

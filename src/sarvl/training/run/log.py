"""The log of a run: metrics.jsonl, and the same for TensorBoard."""

import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from sarvl.files import write_text
from sarvl.training.run.metrics import METRICS, Metrics, line_of, read_metrics


class TrainingLog:
    """Appends to metrics.jsonl and TensorBoard; lines at or after ``global_step`` of an earlier try are cut off."""

    def __init__(self, folder: Path, global_step: int) -> None:
        """Open the log of a run that goes on at ``global_step``."""
        kept = [line_of(metrics) for metrics in read_metrics(folder) if metrics.global_step < global_step]
        write_text(folder / METRICS, "".join(kept))
        self._kept = frozenset(kept)
        self._stream = (folder / METRICS).open("a", encoding="utf-8")
        self._board = _Board(folder / "tensorboard", global_step)

    def write(self, metrics: Metrics) -> None:
        """Log what a step or an epoch found, unless an earlier try told the same: a stage may end a second time."""
        line = line_of(metrics)
        if line in self._kept:
            return
        self._stream.write(line)
        self._stream.flush()
        figures = {f"{metrics.stage}/{name}": value for name, value in metrics.figures_told().items()}
        self._board.write(figures, metrics.global_step)

    def close(self) -> None:
        """Close both files."""
        try:
            self._stream.close()
        finally:
            self._board.close()


class NoLog:
    """The log of a process that is not the first of a run: it keeps nothing."""

    def write(self, metrics: Metrics) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class _Board:
    """Appends figures to a file that TensorBoard reads.

    PyTorch's writer does so in a thread, whose traceback a full disk would print.
    """

    def __init__(self, folder: Path, first_step: int) -> None:
        """Open a new file; what earlier ones say of ``first_step`` and later does not count."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"events.out.tfevents.{time.time_ns():019d}.{socket.gethostname()}.{os.getpid()}"
        self._records = RecordWriter(path.open("ab"))
        self._append(file_version="brain.Event:2", step=first_step)
        self._append(session_log=SessionLog(status=SessionLog.START), step=first_step)

    def write(self, figures: Mapping[str, float], step: int) -> None:
        values = [Summary.Value(tag=tag, simple_value=figure) for tag, figure in figures.items()]
        self._append(summary=Summary(value=values), step=step)

    def close(self) -> None:
        self._records.close()

    def _append(self, **event: Any) -> None:
        self._records.write(Event(wall_time=time.time(), **event).SerializeToString())
        self._records.flush()

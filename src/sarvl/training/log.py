"""The log of a run: metrics.jsonl, one line a step and a validation, and the same for TensorBoard."""

import json
from pathlib import Path
from typing import Any

from torch.utils.tensorboard import SummaryWriter

from sarvl.files import write_text


class TrainingLog:
    """Appends to metrics.jsonl and TensorBoard; lines at or after ``global_step`` of an earlier try are cut off."""

    def __init__(self, folder: Path, global_step: int) -> None:
        """Open the log of a run that goes on at ``global_step``."""
        self._path = folder / "metrics.jsonl"
        kept = [json.dumps(row) for row in read_metrics(folder) if row["global_step"] < global_step]
        write_text(self._path, "".join(f"{line}\n" for line in kept))
        self._stream = self._path.open("a", encoding="utf-8")
        self._board = SummaryWriter(str(folder / "tensorboard"), purge_step=global_step)

    def write(self, stage: str, global_step: int, **values: float) -> None:
        """Log named values of one step; floats keep every bit."""
        row: dict[str, Any] = {"stage": stage, "global_step": global_step, **values}
        self._stream.write(json.dumps(row) + "\n")
        self._stream.flush()
        for name, value in values.items():
            self._board.add_scalar(f"{stage}/{name}", value, global_step)

    def close(self) -> None:
        """Close both files."""
        self._stream.close()
        self._board.close()


def read_metrics(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of a run's metrics.jsonl; a torn last line, left by a kill, is left out."""
    path = folder / "metrics.jsonl"
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines[:-1]]

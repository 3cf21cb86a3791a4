"""The log of a run: metrics.jsonl, and the same for TensorBoard."""

from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from sarvl.files import write_text
from sarvl.training.metrics import METRICS, Metrics, line_of, read_metrics


class TrainingLog:
    """Appends to metrics.jsonl and TensorBoard; lines at or after ``global_step`` of an earlier try are cut off."""

    def __init__(self, folder: Path, global_step: int) -> None:
        """Open the log of a run that goes on at ``global_step``."""
        kept = [line_of(metrics) for metrics in read_metrics(folder) if metrics.global_step < global_step]
        write_text(folder / METRICS, "".join(kept))
        self._stream = (folder / METRICS).open("a", encoding="utf-8")
        self._board = SummaryWriter(str(folder / "tensorboard"), purge_step=global_step)

    def write(self, metrics: Metrics) -> None:
        """Log what a step or an epoch found."""
        self._stream.write(line_of(metrics))
        self._stream.flush()
        for name, value in metrics.figures_told().items():
            self._board.add_scalar(f"{metrics.stage}/{name}", value, metrics.global_step)

    def close(self) -> None:
        """Close both files."""
        self._stream.close()
        self._board.close()

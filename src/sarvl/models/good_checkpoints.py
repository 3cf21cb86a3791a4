"""Which checkpoint of a run is whole: what to go on from where another one of it is damaged."""

from pathlib import Path

from sarvl.errors import ModelError
from sarvl.models.checkpoint import load_checkpoint
from sarvl.models.sidecar import SIDECAR, read_sidecar


def last_good_checkpoint(run: Path) -> Path | None:
    """Return the checkpoint of a run that has come furthest, of those that load whole; None where there is none.

    run: its folder, with ``last``, ``best`` and the ends of stages under ``stages``.
    """
    kept = [run / "last", *sorted(run.glob("stages/*")), run / "best"]
    steps = {folder: count for folder in kept if (count := _steps(folder)) is not None}
    return next((folder for folder in sorted(steps, key=steps.__getitem__, reverse=True) if _is_whole(folder)), None)


def run_of(folder: Path) -> Path:
    """Return the folder of the run that a checkpoint is of, or ``folder`` itself."""
    whole = folder.absolute()
    if whole.parent.name == "stages":
        return whole.parent.parent
    return whole.parent if whole.name in ("best", "last") else whole


def _steps(folder: Path) -> int | None:
    """Return how many steps made a checkpoint; None where that cannot be read."""
    try:
        return sum(entry.steps for entry in read_sidecar(folder / SIDECAR).stages)
    except ModelError:
        return None


def _is_whole(folder: Path) -> bool:
    try:
        load_checkpoint(folder)
    except ModelError:
        return False
    return True

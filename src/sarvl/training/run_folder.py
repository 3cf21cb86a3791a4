"""The folder of a run: what lies in it, what is good of it when the disk fails, and whether the run goes on."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pyarrow as pa

from sarvl.errors import CorpusError, ModelError
from sarvl.files import lock_file, read_json
from sarvl.models.sidecar import SIDECAR
from sarvl.training.state import STATE, read_position

RECIPE = "recipe.json"
LOCK = ".lock"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def disk_faults_told(run: Path) -> Iterator[None]:
    """Turn what the disk refuses while a run trains into a ModelError that names what is good of the run."""
    try:
        yield
    except CorpusError as problem:  # of what a corpus keeps for training: pixels and tokens
        if not isinstance(problem.__cause__, OSError):
            raise
        raise ModelError(f"{problem}; {_what_is_good(run, problem.__cause__)}") from problem
    except (OSError, pa.ArrowException) as problem:
        where = getattr(problem, "filename", None) or run
        reason = getattr(problem, "strerror", None) or " ".join(str(problem).split())
        raise ModelError(f"{where}: {reason}; {_what_is_good(run, problem)}") from problem


def _what_is_good(run: Path, problem: Exception) -> str:
    advice = "free some space" if getattr(problem, "errno", None) in _FULL else "mend that"
    checkpoint = run / "last"
    if not (checkpoint / SIDECAR).is_file():
        return f"there is no checkpoint yet; {advice} and begin again"
    return f"the last good checkpoint is {checkpoint}; {advice} and go on with --resume"


def unfinished(run: Path) -> str | None:
    """Say of a run that it still trains, or that it was stopped before its end; None of any other folder.

    run: the folder of a run, or its ``best`` or ``last``.
    """
    run = run.absolute()
    home = run.parent if run.name in ("best", "last") else run
    if not (home / RECIPE).is_file():
        return None
    if is_training(home):
        return "still trains: its checkpoints will be replaced"
    with suppress(ModelError, TypeError, KeyError):  # what is damaged there is told by whoever goes on with the run
        stages = read_json(home / RECIPE, ModelError)["stages"]
        position = read_position(home / STATE) if (home / STATE).is_file() else None
        if position is None or position.stage < len(stages):
            step = position.global_step if position else 0
            return f"is not finished: it stopped at or after step {step}; go on with sarvl train --resume"
    return None


def is_training(run: Path) -> bool:
    """Return whether a process trains in the folder of a run."""
    if not (run / LOCK).is_file():
        return False
    try:
        with lock_file(run / LOCK) as held:
            return not held
    except OSError:  # a folder that we may not write: who trains in it may
        return False

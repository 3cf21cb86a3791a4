"""The folder of a run: what lies in it, what is good of it when the disk fails, and whether the run goes on."""

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pyarrow as pa

from sarvl.errors import CorpusError, ModelError
from sarvl.files import lock_file, read_json
from sarvl.models.good_checkpoints import last_good_checkpoint
from sarvl.models.sidecar import SIDECAR
from sarvl.training.recipe import Stage
from sarvl.training.run.checked_tensors import check_tensors
from sarvl.training.run.state import ADVICE, STATE, Position, no_place, read_position
from sarvl.training.weights.wise_ft import START

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


def sound_position(run: Path, stages: Sequence[Stage]) -> Position:
    """Return where a run through ``stages`` goes on, its state being to the last bit what was written.

    Raises ModelError where it is not, or is that of another run; the error names the last good checkpoint.
    """
    try:
        position = read_position(run / STATE)
        if not position.is_in([stage.name for stage in stages]):
            raise no_place(run / STATE, position)
        check_tensors(run / STATE, ADVICE)
        if position.step and stages[position.stage].wise_ft:
            check_tensors(run / START, ADVICE)
    except ModelError as problem:
        good = last_good_checkpoint(run)
        told = f": the last good checkpoint is {good}" if good else "; none of its checkpoints is whole"
        raise ModelError(f"{problem}{told}") from problem
    return position


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

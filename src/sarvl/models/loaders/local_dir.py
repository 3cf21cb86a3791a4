"""``local-dir:FOLDER``: a checkpoint folder, or a run of ``sarvl train``, whose best checkpoint is taken."""

from pathlib import Path

from sarvl.errors import ModelError
from sarvl.models.checkpoint import load_checkpoint
from sarvl.models.good_checkpoints import last_good_checkpoint, run_of
from sarvl.models.loader import Loader
from sarvl.models.model import Model


def load(folder: str) -> Model:
    """Load a checkpoint; raises ModelError where the folder holds none that may be loaded.

    Where another checkpoint of the same run is whole, the error names the last such one.
    """
    try:
        return load_checkpoint(Path(folder))
    except ModelError as problem:
        good = last_good_checkpoint(run_of(Path(folder)))
        if good is None:
            raise
        raise ModelError(f"{problem}; the last good checkpoint of its run is {good}") from problem


LOADER = Loader("FOLDER", "checkpoint folders, and the best checkpoint of a run; the prefix may be left out", load)

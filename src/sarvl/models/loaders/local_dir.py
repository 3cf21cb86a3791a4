"""``local-dir:FOLDER``: a checkpoint folder, or a run of ``sarvl train``, whose best checkpoint is taken."""

from pathlib import Path

from sarvl.models.checkpoint import load_checkpoint
from sarvl.models.clip import Clip
from sarvl.models.loader import Loader


def load(folder: str) -> Clip:
    """Load a checkpoint; raises ModelError where the folder holds none that may be loaded."""
    return load_checkpoint(Path(folder))


LOADER = Loader("FOLDER", "checkpoint folders, and the best checkpoint of a run; the prefix may be left out", load)

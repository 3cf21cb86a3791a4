"""SPICE through pycocoevalcap: its Java program parses captions into scenes, and compares what these say."""

from importlib.util import find_spec
from pathlib import Path
from shutil import which
from subprocess import SubprocessError

import numpy as np
from numpy.typing import NDArray

from sarvl.errors import EvaluationError
from sarvl.measures.captions.referenced import ReferencedCaptions

JARS = ("stanford-corenlp-3.6.0.jar", "stanford-corenlp-3.6.0-models.jar")


def what_spice_lacks() -> str | None:
    """Return what is missing for SPICE, and how to get it; None where all is there. Nothing is fetched."""
    spec = find_spec("pycocoevalcap")
    if spec is None or not spec.submodule_search_locations:
        return "pycocoevalcap is not installed; pip install 'sarvl[captions]'"
    if which("java") is None:
        return "there is no java on the PATH; install a Java runtime"
    folder = Path(spec.submodule_search_locations[0]) / "spice" / "lib"
    if missing := [name for name in JARS if not (folder / name).is_file()]:
        fetch = "python -m pycocoevalcap.spice.get_stanford_models"
        return f"{folder} has no {' and no '.join(missing)}; with a network, {fetch} fetches them once (384 MB)"
    return None


def spice(scored: ReferencedCaptions) -> NDArray[np.float64]:
    """Return the F score of each caption ``(N,)``, whose mean is SPICE.

    It is NaN where neither the caption nor its references say anything that the parser understands.

    Raises EvaluationError where something is missing (``what_spice_lacks``), or the Java program fails.
    Source: Anderson et al., SPICE, ECCV 2016.
    """
    if lacking := what_spice_lacks():
        raise EvaluationError(f"SPICE: {lacking}")
    from pycocoevalcap.spice.spice import Spice  # noqa: PLC0415 - an extra

    captions = {row: [caption] for row, caption in enumerate(scored.captions)}
    try:
        _, each = Spice().compute_score(dict(enumerate(map(list, scored.references))), captions)
        return np.array([scores["All"]["f"] for scores in each], np.float64)
    except (OSError, SubprocessError, ValueError, KeyError) as problem:
        reason = " ".join(str(problem).split())
        raise EvaluationError(
            f"SPICE: the Java program of pycocoevalcap failed ({reason}); it needs 8 GB of memory and a folder of "
            "pycocoevalcap that can be written to, and was made for Java 8"
        ) from problem

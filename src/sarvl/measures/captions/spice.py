"""SPICE through pycocoevalcap: its Java program parses captions into scenes, and compares what these say."""

import json
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarvl.errors import EvaluationError
from sarvl.measures.captions.referenced import ReferencedCaptions

PROGRAM = "spice-1.0.jar"
JARS = ("stanford-corenlp-3.6.0.jar", "stanford-corenlp-3.6.0-models.jar")
LAST_JAVA = 14
"""The last one with the JavaScript engine that the program asks for."""


def what_spice_lacks() -> str | None:
    """Return what is missing for SPICE, and how to get it; None where all is there. Nothing is fetched."""
    folder = _folder()
    if folder is None:
        return "pycocoevalcap is not installed; pip install 'sarvl[captions]'"
    if (java := which("java")) is None:
        return "there is no java on the PATH; install a Java runtime, version 8"
    if (version := java_version(java)) is None or version > LAST_JAVA:
        told = "of an unknown version" if version is None else f"version {version}"
        return f"the java on the PATH is {told}, and SPICE runs on 8 to {LAST_JAVA}; put a Java 8 first on the PATH"
    if missing := [name for name in JARS if not (folder / "lib" / name).is_file()]:
        fetch = "python -m pycocoevalcap.spice.get_stanford_models"
        return f"{folder / 'lib'} has no {' and no '.join(missing)}; with a network, {fetch} fetches them once (384 MB)"
    return None


def java_version(java: str) -> int | None:
    """Return the version of a Java, by its program: 8 where it says 1.8; None where it cannot be read."""
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S603 - found on the PATH
    version = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(version[1]) if version else None


def spice(scored: ReferencedCaptions) -> NDArray[np.float64]:
    """Return the F score of each caption ``(N,)``, whose mean is SPICE.

    Raises EvaluationError where something is missing (``what_spice_lacks``), or the Java program fails.
    Source: Anderson et al., SPICE, ECCV 2016.
    """
    folder = _folder()
    if (lacking := what_spice_lacks()) or folder is None:
        raise EvaluationError(f"SPICE: {lacking}")
    asked = [
        {"image_id": row, "test": caption, "refs": list(references)}
        for row, (caption, references) in enumerate(zip(scored.captions, scored.references, strict=True))
    ]
    try:
        scores = {each["image_id"]: each["scores"]["All"]["f"] for each in _compared(asked, folder)}
        return np.array([scores[row] for row in range(len(asked))], np.float64)
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError) as problem:
        reason = " ".join((getattr(problem, "stderr", None) or str(problem)).split())[-300:]
        raise EvaluationError(
            f"SPICE: the Java program of pycocoevalcap failed ({reason}); it needs 8 GB of memory"
        ) from problem


def _folder() -> Path | None:
    """Return the folder of the program; None where pycocoevalcap is not installed."""
    spec = find_spec("pycocoevalcap")
    return Path(spec.submodule_search_locations[0]) / "spice" if spec and spec.submodule_search_locations else None


def _compared(asked: list[dict[str, object]], folder: Path) -> list[dict[str, Any]]:
    """Return what the program says of captions; run as pycocoevalcap runs it, but for files of its own and no cache."""
    with TemporaryDirectory() as work:
        given, out = Path(work, "captions.json"), Path(work, "scores.json")
        given.write_text(json.dumps(asked), encoding="utf-8")
        command = [
            which("java") or "java",
            "-Xmx8G",
            "-jar",
            PROGRAM,
            str(given),
            "-out",
            str(out),
            "-subset",
            "-silent",
        ]
        subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)  # noqa: S603 - its program, our files
        told: list[dict[str, Any]] = json.loads(out.read_text(encoding="utf-8"))
        return told

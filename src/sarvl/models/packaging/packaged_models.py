"""Packaged models: those that come with an installation, one of them the model of every command that is given none."""

import zlib
from importlib.resources import files
from pathlib import Path

from sarvl.errors import ModelError
from sarvl.files import FilePath, real_path
from sarvl.models.sidecar import SIDECAR, read_sidecar
from sarvl.progress import note

PREFIX = "packaged:"
CARD = "README.md"
ROWS = "rows.jsonl"
"""Every figure that was measured, in the folder of each."""
FOLDER = Path(str(files("sarvl.models"))) / "packaged"
"""Where they lie: one checkpoint folder each, by name."""


def packaged_names() -> list[str]:
    """Return the names of the models that are here, sorted."""
    names = (path.parent.name for path in FOLDER.glob("*/sarvl.json"))
    return sorted(name for name in names if not name.startswith("."))  # one that is being packed is none yet


def packaged_folder(name: str) -> Path:
    """Return the folder of a packaged model; ModelError where there is none of that name."""
    if name not in packaged_names():
        raise ModelError(f"{PREFIX}{name}: no such model comes with this installation; there are {_told()}")
    return FOLDER / name


def neighbours(folder: Path) -> list[Path]:
    """Return the folders of the packaged models beside a folder; none where it lies elsewhere."""
    if real_path(folder).parent != real_path(FOLDER):
        return []
    return [FOLDER / name for name in packaged_names()]


def bytes_in_wheel(folder: Path) -> int:
    """Return how many bytes the files of a folder have in a wheel, which deflates each."""
    return sum(len(zlib.compress(path.read_bytes())) for path in folder.rglob("*") if path.is_file())


def named_or_packaged(model: FilePath | None, answers: bool = False) -> str:
    """Return the name of a model, or, where none is given, of one that is packaged, which is said in one line.

    answers: whether one is wanted that answers questions, if there is one; else it is one that does not, if there is
    one. Of several it is the first by name. Raises ModelError where none is.
    """
    if model is not None:
        return str(model)
    names = packaged_names()
    if not names:
        raise ModelError("no model is named, and none comes with this installation; give one, as in --model runs/ships")
    chosen = next((name for name in names if _answers(name) == answers), names[0])
    note(f"model: {PREFIX}{chosen}, since none is named; its card: {FOLDER / chosen / CARD}")
    return PREFIX + chosen


def _answers(name: str) -> bool:
    from sarvl.models.kind import MODEL_KINDS  # noqa: PLC0415 - brings in PyTorch

    return MODEL_KINDS.get(read_sidecar(FOLDER / name / SIDECAR).kind).answers


def _told() -> str:
    return ", ".join(packaged_names()) or "none"

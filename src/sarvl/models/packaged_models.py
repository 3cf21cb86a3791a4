"""Packaged models: those that come with an installation, one of them the model of every command that is given none."""

from importlib.resources import files
from pathlib import Path

from sarvl.errors import ModelError
from sarvl.files import FilePath
from sarvl.progress import note

PREFIX = "packaged:"
CARD = "README.md"
FOLDER = Path(str(files("sarvl.models"))) / "packaged"
"""Where they lie: one checkpoint folder each, by name."""


def packaged_names() -> list[str]:
    """Return the names of the models that are here, sorted."""
    return sorted(path.parent.name for path in FOLDER.glob("*/sarvl.json"))


def packaged_folder(name: str) -> Path:
    """Return the folder of a packaged model; ModelError where there is none of that name."""
    if name not in packaged_names():
        raise ModelError(f"{PREFIX}{name}: no such model comes with this installation; there are {_told()}")
    return FOLDER / name


def named_or_packaged(model: FilePath | None) -> str:
    """Return the name of a model, or, where none is given, of the first that is packaged, which is said in one line.

    Raises ModelError where none is.
    """
    if model is not None:
        return str(model)
    names = packaged_names()
    if not names:
        raise ModelError("no model is named, and none comes with this installation; give one, as in --model runs/ships")
    note(f"model: {PREFIX}{names[0]}, since none is named; its card: {FOLDER / names[0] / CARD}")
    return PREFIX + names[0]


def _told() -> str:
    return ", ".join(packaged_names()) or "none"

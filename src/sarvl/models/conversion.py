"""Conversion: other people's weights, written as a checkpoint with safetensors and an input contract."""

from dataclasses import replace
from pathlib import Path

from sarvl.errors import ModelError, unwritable
from sarvl.files import FilePath, real_path, replaced_folder
from sarvl.models.checkpoint import save_model
from sarvl.models.clips.clip import Clip
from sarvl.models.loader import LOCAL_FOLDER
from sarvl.models.loading import load_model
from sarvl.models.open_clip.folder import model_folder
from sarvl.models.packaging.packaged_models import PREFIX, packaged_folder
from sarvl.models.protocols import able
from sarvl.models.sidecar import SIDECAR, Sidecar, read_sidecar


def convert(model: FilePath, out: FilePath, licence: str | None = None) -> Clip:
    """Write a model, named as for ``load_model``, as a checkpoint in ``out``, a new or empty folder; return it.

    Its contract is that of ``load_model``: what its preprocessing declares, or its own where it has a sarvl.json, whose
    stages, metrics and licence are kept. licence: of the weights; "not stated" where nobody states it.
    Raises ModelError where the model cannot be loaded, or where ``out`` is not empty or cannot be written.
    """
    name, folder = str(model), Path(out)
    check_empty(folder)
    loaded = able(load_model(name), Clip, "sarvl convert", name, ModelError)
    converted = replace(loaded, name=without_folders(loaded.name), history=loaded.history)
    told = sidecar_of(name)
    metrics, stated = (told.metrics, told.licence) if told else ({}, "not stated")
    try:
        with replaced_folder(folder, ModelError) as work:
            save_model(converted, work, metrics, licence or stated)
    except OSError as problem:
        raise ModelError(unwritable(folder, problem)) from problem
    return converted


def check_empty(folder: Path) -> None:
    """Raise ModelError where there is anything at ``folder`` but an empty folder."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ModelError(f"{folder}: there is something already; give a new or an empty folder")


def without_folders(name: str) -> str:
    """Return a model's name without the folders of this machine: a file's or folder's own name stays."""
    prefix, _, path = name.partition(":")
    if not path or not Path(path).exists():
        return name
    return real_path(path).name if f"{prefix}:" == LOCAL_FOLDER else f"{prefix}:{Path(path).name}"


def folder_of(name: str) -> Path | None:
    """Return the folder with the weights of a model that is packaged, or named by its folder; None of any other."""
    is_packaged = name.startswith(PREFIX)
    folder = packaged_folder(name.removeprefix(PREFIX)) if is_packaged else Path(name.removeprefix(LOCAL_FOLDER))
    return model_folder(folder) if folder.is_dir() else None


def sidecar_of(name: str) -> Sidecar | None:
    """Return what sarvl.json says of such a model; None where it has none."""
    folder = folder_of(name)
    return read_sidecar(folder / SIDECAR) if folder and (folder / SIDECAR).is_file() else None

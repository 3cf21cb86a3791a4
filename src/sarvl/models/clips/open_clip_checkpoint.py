"""Checkpoints that hold what open_clip opens, alone or with other files beside it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sarvl.errors import ModelError
from sarvl.models.clips.clip import Clip
from sarvl.models.clips.creation import open_folder
from sarvl.models.networks.planes import take_planes
from sarvl.models.sidecar import SIDECAR, Sidecar


def clip_of_folder(folder: Path, sidecar: Sidecar) -> Clip:
    """Return what open_clip opens of a folder, its first layer cut to the bands that sarvl.json says."""
    clip, bands = open_folder(folder), sidecar.contract.bands
    try:
        take_planes(clip.network, len(bands))
    except ModelError as problem:
        raise ModelError(f"{folder / SIDECAR}: {problem}") from problem
    return replace(clip, contract=clip.contract.model_copy(update={"bands": bands}))


def completed_clip(complete: Callable[[Clip, Path], Clip]) -> Callable[[Path, Sidecar], Clip]:
    """Return what loads a checkpoint whose other files ``complete`` puts on what open_clip opens."""

    def load(folder: Path, sidecar: Sidecar) -> Clip:
        return complete(clip_of_folder(folder, sidecar), folder)

    return load

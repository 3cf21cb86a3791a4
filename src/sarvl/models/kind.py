"""ModelKind: what a checkpoint is besides a model that open_clip opens, as its sarvl.json says."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sarvl.errors import ModelError
from sarvl.models.clip import Clip
from sarvl.registry import Registry


@dataclass(frozen=True)
class ModelKind:
    """Makes a model whole.

    complete: takes what open_clip opened of a folder, and the folder, whose other files it reads; raises ModelError
    where these are damaged.
    """

    complete: Callable[[Clip, Path], Clip]


MODEL_KINDS: Registry[ModelKind] = Registry(
    kind="kind of model",
    package="sarvl.models.kinds",
    export="KIND",
    entry_points="sarvl.model_kinds",
    value=ModelKind,
    error=ModelError,
)
"""The kinds by the name that sarvl.json keeps: one module each in ``models/kinds``, and entry points."""

"""ModelKind: what a checkpoint is, as its sarvl.json says."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sarvl.errors import ModelError
from sarvl.models.model import Model
from sarvl.models.sidecar import Sidecar
from sarvl.registry import Registry


@dataclass(frozen=True)
class ModelKind:
    """Loads what ``write_files`` of a model wrote.

    load: takes the folder and its sarvl.json; raises ModelError where a file is damaged, or could run code. Name,
    contract and history are put in afterwards, as sarvl.json says. answers: whether such a model answers questions, and
    compares no captions.
    """

    load: Callable[[Path, Sidecar], Model]
    answers: bool = False


MODEL_KINDS: Registry[ModelKind] = Registry(
    kind="kind of model",
    package="sarvl.models.kinds",
    export="KIND",
    entry_points="sarvl.model_kinds",
    value=ModelKind,
    error=ModelError,
)
"""The kinds by the name that sarvl.json keeps: one module each in ``models/kinds``, and entry points."""

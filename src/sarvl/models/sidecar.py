"""Sidecar: sarvl.json, which says of a checkpoint what its weights do not."""

from pathlib import Path
from typing import Any, Literal

from sarvl.documents import Document, read_document
from sarvl.errors import ModelError
from sarvl.imagery import InputContract
from sarvl.models.history import StageEntry

SIDECAR = "sarvl.json"


class Sidecar(Document):
    """All of sarvl.json."""

    format_version: Literal[3] = 3
    """Version of the file; those of versions 1 and 2 say the same of what open_clip opens, without a kind."""
    sarvl_version: str
    """What wrote it."""
    kind: str
    """What the model is, and so which files the folder has: a name of ``MODEL_KINDS``."""
    name: str
    """The architecture, or what the model is called otherwise."""
    contract: InputContract
    """How an image becomes what the network takes."""
    stages: tuple[StageEntry, ...]
    """The training stages, those of the starting weights first."""
    metrics: dict[str, float]
    """Figures by name: the training loss and, where there is a validation split, loss and grouped mean recall on it."""
    licence: str
    """As the recipe states it."""
    weights_hash: str
    """SHA-256 of the weights, 64 hexadecimal digits."""

    @classmethod
    def of_earlier_format(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Return a sidecar of version 2, or of 1, which has no ``format_version``, as one of version 3."""
        is_earlier = value.get("format_version", 1) in (1, 2)
        return {"kind": "open_clip", **value, "format_version": 3} if is_earlier else value


def read_sidecar(path: Path) -> Sidecar:
    """Read a sarvl.json; raises ModelError where it is damaged, or of another version."""
    return read_document(path, Sidecar, ModelError, "restore it from a backup, or train or convert the model again")

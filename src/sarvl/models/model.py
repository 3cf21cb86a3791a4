"""Model: a network with its identity, and the contract of the images that it takes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from sarvl.imagery import InputContract
from sarvl.models.history import StageEntry


@dataclass
class Model:
    """A network and what is known of it; what it can do, its class says (``models.protocols``).

    contract: how an image becomes what the network takes. config: what the network is built from. kind: what a
    checkpoint of it holds, a name of ``MODEL_KINDS``.
    history: one entry a training stage, as sarvl.json keeps it.
    """

    kind: ClassVar[str] = "open_clip"
    name: str
    network: nn.Module
    contract: InputContract
    config: dict[str, Any]
    history: list[StageEntry] = field(default_factory=list, kw_only=True)
    _hashed: tuple[object, str] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return next(self.network.parameters()).device

    @property
    def weights_hash(self) -> str:
        """SHA-256 of the weights (``hash_of_weights``), computed once for weights that nobody has changed since."""
        state = self.network.state_dict()
        # torch counts what is written into a tensor; the counters cost a millisecond, the hash up to seconds.
        version = tuple((tensor.data_ptr(), tensor._version) for tensor in state.values())
        if self._hashed is None or self._hashed[0] != version:
            self._hashed = version, hash_of_weights(state)
        return self._hashed[1]


def hash_of_weights(state: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 over the names, types, shapes and bytes of all weights."""
    digest = hashlib.sha256()
    for name, tensor in sorted(state.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()

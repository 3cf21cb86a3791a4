"""Tensors with a digest in their file, so that a byte that changes on the disk is seen before they are used."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from sarvl.errors import ModelError, unreadable
from sarvl.models.networks.tensor_file import write_tensors

_DIGEST = "digest"


def write_checked(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write contiguous tensors of the CPU as safetensors, with the digest of all of them and of ``metadata``."""
    digest = _digest(metadata, sorted(tensors.items()))
    write_tensors(path, tensors, {**metadata, _DIGEST: digest})


def check_tensors(path: Path, advice: str) -> None:
    """Raise ModelError where a file is not to the last bit what ``write_checked`` wrote; one tensor is read at a time.

    advice: what to do then.
    """
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            kept = metadata.pop(_DIGEST, None)
            names = sorted(file.keys())
            is_same = kept == _digest(metadata, ((name, file.get_tensor(name)) for name in names))
    except (OSError, SafetensorError) as problem:
        raise ModelError(unreadable(path, problem, advice)) from problem
    if not is_same:
        raise ModelError(f"{path}: damaged, its bytes are not those that were written; {advice}")


def _digest(metadata: Mapping[str, str], tensors: Iterable[tuple[str, Tensor]]) -> str:
    """Return the SHA-256 over metadata, and over names, types, shapes and bytes of tensors in the order of names."""
    digest = hashlib.sha256(repr(sorted(metadata.items())).encode())
    for name, tensor in tensors:
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()

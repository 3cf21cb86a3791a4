"""Weights: which file of a folder is loaded, and the tensors in it.

A file is safetensors, or goes through PyTorch's weights-only loader, which takes tensors and runs no code.
"""

from pathlib import Path
from typing import Any
from warnings import catch_warnings

import torch
from safetensors.torch import load_file
from torch import Tensor

from sarvl.errors import ModelError, unreadable
from sarvl.files import file_bytes, path_inside, read_json

WEIGHTS = "open_clip_model.safetensors"
_SAFE = (WEIGHTS, "open_clip_pytorch_model.safetensors", "model.safetensors")
_PICKLED = ("open_clip_pytorch_model.bin", "open_clip_pytorch_model.pth", "pytorch_model.bin", "pytorch_model.pth")
_PICKLE_ENDINGS = (".bin", ".pt", ".pth")
_INDEX = ".safetensors.index.json"
WEIGHT_ENDINGS = (".safetensors", *_PICKLE_ENDINGS)
"""Of files of weights, those of safetensors first."""


def weights_of_folder(folder: Path) -> Path:
    """Return the file of a folder whose weights are loaded: the index of one in pieces, safetensors before pickles.

    Raises ModelError where there is none, or several of which none has a name that open_clip knows.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    safe = [path for path in files if path.suffix == ".safetensors"]
    pieces = [path for path in files if path.name.endswith(_INDEX)]
    pickled = [path for path in files if path.suffix in _PICKLE_ENDINGS]
    for known, there in ((_SAFE, safe), ((), pieces), ((), safe), (_PICKLED, pickled), ((), pickled)):
        named = [folder / name for name in known if folder / name in there]
        if named or (there and not known):
            return _only(named[:1] or there, folder)
    raise ModelError(f"{folder}: no weights ({', '.join(WEIGHT_ENDINGS)}); put them there")


def _only(files: list[Path], folder: Path) -> Path:
    if len(files) > 1:
        names = ", ".join(path.name for path in files[:4])
        raise ModelError(f"{folder}: several files of weights ({names}); keep one, or call it {WEIGHTS}")
    return files[0]


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a file by name: safetensors, the index of one in pieces, or a pickle of PyTorch.

    Of a checkpoint of open_clip's training, those of the network are returned. Raises ModelError where the file is
    damaged, or holds anything else than tensors.
    """
    try:
        file_bytes(path)
    except OSError as problem:
        raise ModelError(unreadable(path, problem)) from problem
    if path.name.endswith(_INDEX):
        return _read_pieces(path)
    return _read_safetensors(path) if path.suffix == ".safetensors" else _read_pickle(path)


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return dict(load_file(path))
    except Exception as problem:  # safetensors raises its own type, which is no common base
        raise ModelError(unreadable(path, problem, "fetch or write it again")) from problem


def _read_pieces(path: Path) -> dict[str, Tensor]:
    index = read_json(path, ModelError)
    places = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(places, dict) or not all(isinstance(name, str) for name in places.values()):
        raise ModelError(f"{path}: no `weight_map` of names and files; fetch it again")
    state: dict[str, Tensor] = {}
    for name in sorted(set(places.values())):
        piece = path_inside(path.parent, name)
        if piece is None or piece.suffix != ".safetensors":
            raise ModelError(f"{path}: {name} is no .safetensors file of this folder; fetch the model again")
        state |= _read_safetensors(piece)
    if missing := places.keys() - state.keys():
        raise ModelError(f"{path}: {min(missing)} is not in its file; fetch the model again")
    return state


def _read_pickle(path: Path) -> dict[str, Tensor]:
    if path.suffix in {".npz", ".npy"}:
        raise ModelError(f"{path}: weights of NumPy are not read; convert them with open_clip first")
    try:
        with catch_warnings(action="ignore"):
            value = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as problem:  # of many types: whatever a damaged or hostile file makes of the loader
        raise ModelError(f"{path}: {_why_not(problem)}") from problem
    return _network_of(value, path)


def _why_not(problem: Exception) -> str:
    reason = " ".join(str(problem).split())
    if "TorchScript" in reason:
        return "a TorchScript archive, which holds code, is not loaded; name the model as open_clip does, NAME:TAG"
    if "nsupported" in reason or "GLOBAL" in reason:
        return "holds more than tensors and could run code, so it is not loaded; ask for safetensors"
    return f"no weights that PyTorch can read ({reason[:100] or type(problem).__name__}); fetch or write it again"


def _network_of(value: Any, path: Path) -> dict[str, Tensor]:
    """Return what a checkpoint holds of the network, without the names that training in parallel puts before it."""
    for wrapper in ("state_dict", "model"):
        if isinstance(value, dict) and isinstance(value.get(wrapper), dict):
            value = value[wrapper]
    if not isinstance(value, dict) or not value:
        raise ModelError(f"{path}: holds no tensors by name; give the weights of a network")
    other = [name for name, tensor in value.items() if not isinstance(name, str) or not isinstance(tensor, Tensor)]
    if other:
        raise ModelError(f"{path}: {other[0]} is no tensor; give the weights of a network")
    prefix = "module."
    if all(name.startswith(prefix) for name in value):
        return {name.removeprefix(prefix): tensor for name, tensor in value.items()}
    return dict(value)

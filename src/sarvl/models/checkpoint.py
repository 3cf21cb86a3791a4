"""Checkpoints: a folder that open_clip opens as ``local-dir:``, plus sarvl.json with the input contract."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from logging import CRITICAL, getLogger
from pathlib import Path
from typing import Any

import open_clip
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from sarvl import __version__
from sarvl.errors import ModelError
from sarvl.files import FilePath, atomic_path, read_json, write_json
from sarvl.imagery import InputContract
from sarvl.models.clip import Clip
from sarvl.models.model import hash_of_weights
from sarvl.models.towers import tower_module

WEIGHTS = "open_clip_model.safetensors"
CONFIG = "open_clip_config.json"
SIDECAR = "sarvl.json"
LOCAL_FOLDER = "local-dir:"
"""What the name of a model that is a folder begins with, as open_clip writes it."""

# How open_clip calls what a square contract says.
_RESIZE_MODES = {"squash": "squash", "pad": "longest"}
_INTERPOLATIONS = {"linear": "bilinear", "cubic": "bicubic", "nearest": "nearest"}


def create_model(architecture: str) -> Clip:
    """Return an untrained model: ``sarvl-tiny``, ``sarvl-mobile``, or any architecture that open_clip knows by name.

    Raises ModelError where there is no such architecture.
    """
    _add_own_architectures()
    _require_architecture(architecture)
    model = _open(architecture, None)
    if architecture.startswith("sarvl-"):
        # SAR bytes have no colour statistics: the middle of the range goes to 0, as the ImageNet MobileNetV2 wants it.
        model.contract = InputContract.of_pictures(model.square.size, (0.5,) * 3, (0.5,) * 3)
    return model


def load_model(name: FilePath) -> Clip:
    """Return a trained model.

    name: a run of ``sarvl train`` (its best checkpoint), a checkpoint folder, ``local-dir:FOLDER``,
    ``hf-hub:OWNER/NAME`` or open_clip's ``NAME:PRETRAINED``. Models without a sarvl.json get the contract that their
    preprocessing declares: its size, mean and standard deviation, and the default decibel ranges.
    A folder must hold safetensors; what open_clip fetches for the last two forms goes through PyTorch's weights-only
    loader, which runs no code. Raises ModelError where it is missing, a folder of pickles, or cannot be fetched.
    """
    _add_own_architectures()
    name = str(name)
    if name.startswith(LOCAL_FOLDER) or Path(name).exists():
        return _load_folder(Path(name.removeprefix(LOCAL_FOLDER)))
    if name.startswith("hf-hub:"):
        return _open(name, None)
    architecture, colon, pretrained = name.partition(":")
    if not colon or not pretrained:
        raise ModelError(f"{name}: no such folder; give a run, local-dir:FOLDER, hf-hub:OWNER/NAME or NAME:PRETRAINED")
    _require_architecture(architecture)
    return _open(architecture, pretrained)


def save_model(model: Clip, folder: Path, metrics: dict[str, float], licence: str) -> None:
    """Write ``model`` as a checkpoint folder; sarvl.json holds its contract, stages, metrics and licence."""
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in model.network.state_dict().items()}
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_path(folder / WEIGHTS) as temporary:
        save_file(state, temporary, metadata={"format": "pt"})
    preprocess = {
        "size": model.square.size,
        "mean": model.contract.mean,
        "std": model.contract.std,
        "resize_mode": _RESIZE_MODES[model.square.resize],
        "interpolation": _INTERPOLATIONS[model.square.interpolation],
    }
    write_json(folder / CONFIG, {"model_cfg": model.config, "preprocess_cfg": preprocess})
    sidecar = {
        "sarvl_version": __version__,
        "name": model.name,
        "contract": model.contract.model_dump(mode="json"),
        "stages": model.history,
        "metrics": metrics,
        "licence": licence,
        "weights_hash": hash_of_weights(state),
    }
    write_json(folder / SIDECAR, sidecar)


def load_image_tower(model: Clip, path: Path) -> None:
    """Start the image tower from the safetensors weights of a timm classifier, its head left out.

    Raises ModelError where the tower is not of timm, or where a weight is missing or of another shape.
    """
    trunk = getattr(tower_module(model.network, "image"), "trunk", None)
    if trunk is None:
        raise ModelError(f"{model.name}: its image tower is not of timm; image_weights works for timm towers only")
    given = _read_safetensors(path)
    wanted = trunk.state_dict()
    wrong = [name for name in wanted if name not in given or given[name].shape != wanted[name].shape]
    if wrong:
        raise ModelError(
            f"{path}: {len(wrong)} weights of {model.name}'s image tower are missing or differ: {wrong[0]}"
        )
    trunk.load_state_dict({name: given[name].to(wanted[name].dtype) for name in wanted})


def _load_folder(folder: Path) -> Clip:
    if not (folder / CONFIG).is_file() and (folder / "best" / CONFIG).is_file():
        folder = folder / "best"
    if not (folder / CONFIG).is_file():
        raise ModelError(f"{folder}: no {CONFIG}; give a run of `sarvl train` or a folder that open_clip can open")
    pickled = [path for ending in ("*.bin", "*.pth") for path in folder.glob(ending)]
    # Of weights under other names than its own, open_clip may take the pickled ones.
    if not (any(folder.glob("open_clip*.safetensors")) or (any(folder.glob("*.safetensors")) and not pickled)):
        raise ModelError(f"{folder}: no .safetensors weights; pickled weights are not loaded, convert them first")
    model = _open(f"{LOCAL_FOLDER}{folder}", None)
    sidecar = folder / SIDECAR
    if sidecar.is_file():
        _apply_sidecar(model, read_json(sidecar, ModelError), sidecar)
    return model


def _apply_sidecar(model: Clip, value: Any, path: Path) -> None:
    try:
        model.contract = InputContract.model_validate(value["contract"])
        model.name, model.history = str(value["name"]), list(value["stages"])
        declared = value["weights_hash"]
    except (ValidationError, LookupError, TypeError) as problem:
        reason = " ".join(str(problem).split())
        raise ModelError(
            f"{path}: not written by this version ({reason}); train or convert the model again"
        ) from problem
    if declared != model.weights_hash:
        raise ModelError(f"{path}: weights_hash differs from the weights beside it; restore both from one checkpoint")


def _open(name: str, pretrained: str | None) -> Clip:
    """Build the network, tokenizer and default contract through open_clip."""
    try:
        with _quiet():
            network = open_clip.create_model(
                name, pretrained=pretrained, pretrained_image=False, require_pretrained=bool(pretrained)
            )
            tokenizer = open_clip.get_tokenizer(name)
            config = open_clip.factory.get_model_config(name)
    except (RuntimeError, OSError, ValueError, LookupError, ImportError, SafetensorError) as problem:
        reason = " ".join(str(problem).split())[:200]
        raise ModelError(
            f"{name}: cannot be opened ({reason}); check the name, and the network for remote ones"
        ) from problem
    preprocess: Any = tower_module(network, "image").preprocess_cfg
    sides = {preprocess["size"]} if isinstance(preprocess["size"], int) else set(preprocess["size"])
    if len(sides) > 1:
        raise ModelError(f"{name}: takes images of {preprocess['size']}; only models of square images can be used")
    contract = InputContract.of_pictures(sides.pop(), tuple(preprocess["mean"]), tuple(preprocess["std"]))
    return Clip(name, network.eval(), contract, config, tokenizer)


def _require_architecture(name: str) -> None:
    if open_clip.get_model_config(name) is None:
        raise ModelError(f"{name}: no such architecture; see `open_clip.list_models()`, or use sarvl-mobile")


def _add_own_architectures() -> None:
    with as_file(files("sarvl.models").joinpath("configs")) as folder:
        known = set(open_clip.list_models())
        for path in sorted(folder.glob("*.json")):
            if path.stem not in known:
                open_clip.add_model_config(path)


def _read_safetensors(path: Path) -> dict[str, Any]:
    try:
        return dict(load_file(path))
    except Exception as problem:  # safetensors raises its own type, which is no common base
        raise ModelError(f"{path}: not a safetensors file ({problem}); pickled weights are not loaded") from problem


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep open_clip and the hub from warning of new models without weights, and from logging what is raised anyway."""
    loggers = [getLogger(), getLogger("huggingface_hub")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)

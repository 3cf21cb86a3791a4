"""Models through open_clip: an architecture by its name, or a model by a name that open_clip knows."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from logging import CRITICAL, getLogger
from typing import Any

import open_clip
from safetensors import SafetensorError

from sarvl.errors import ModelError
from sarvl.imagery import InputContract
from sarvl.models.clip import Clip
from sarvl.models.preprocessing import contract_of
from sarvl.models.towers import tower_module


def create_model(architecture: str) -> Clip:
    """Return an untrained model: ``sarvl-tiny``, ``sarvl-mobile``, or any architecture that open_clip knows by name.

    Raises ModelError where there is no such architecture.
    """
    if not is_architecture(architecture):
        raise ModelError(f"{architecture}: no such architecture; see `open_clip.list_models()`, or use sarvl-mobile")
    model = open_model(architecture, None)
    if architecture.startswith("sarvl-"):
        # SAR bytes have no colour statistics: the middle of the range goes to 0, as the ImageNet MobileNetV2 wants it.
        model.contract = InputContract.of_pictures(model.square.size, (0.5,) * 3, (0.5,) * 3)
    return model


def open_model(name: str, pretrained: str | None) -> Clip:
    """Return a model with the contract that its preprocessing declares, and the default decibel ranges.

    name, pretrained: as ``open_clip.create_model`` takes them. Raises ModelError where open_clip cannot build it, or
    where it takes images that are not square.
    """
    _add_own_architectures()
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
    return Clip(name, network.eval(), contract_of(preprocess, sides.pop()), config, tokenizer)


def is_architecture(name: str) -> bool:
    """Tell whether open_clip, with our own architectures, knows one of that name."""
    _add_own_architectures()
    return open_clip.get_model_config(name) is not None


def _add_own_architectures() -> None:
    with as_file(files("sarvl.models").joinpath("configs")) as folder:
        known = set(open_clip.list_models())
        for path in sorted(folder.glob("*.json")):
            if path.stem not in known:
                open_clip.add_model_config(path)


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

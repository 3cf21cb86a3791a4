"""Models through open_clip: an architecture by its name with weights of a tag or a file, a folder, or the hub."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.resources import as_file, files
from logging import CRITICAL, getLogger
from pathlib import Path
from typing import Any, TypeVar
from warnings import catch_warnings

import open_clip
from open_clip.pretrained import download_pretrained, download_pretrained_from_hf
from open_clip.transform import PreprocessCfg, merge_preprocess_dict
from torch import Tensor, nn

from sarvl.errors import ModelError
from sarvl.models.clips.clip import Clip
from sarvl.models.clips.clip_with_decoder import with_fresh_decoder
from sarvl.models.clips.coca import Coca
from sarvl.models.clips.siglip import SigLip
from sarvl.models.networks.planes import state_of_three_planes, take_planes
from sarvl.models.networks.towers import tower_module
from sarvl.models.networks.weights import read_weights, weights_of_folder
from sarvl.models.open_clip.config import CONFIG, read_config
from sarvl.models.open_clip.networks import check_transformers, network_with, tokenizer_of, untrained_network
from sarvl.models.open_clip.preprocessing import contract_of

Config = dict[str, Any]
ClipT = TypeVar("ClipT", bound=Clip)
_ADVICE = "give weights and configuration of one model"
_WITH_DECODER = {f"{name}-coca": name for name in ("sarvl-mobile", "sarvl-mobile-lite0")}


def create_model(architecture: str) -> Clip:
    """Return an untrained model: one of ours, or any architecture that open_clip knows by name.

    Ours are ``sarvl-tiny``, ``sarvl-mobile`` (a MobileNetV2), ``sarvl-mobile-lite0`` (an EfficientNet-Lite0),
    ``sarvl-mobile-lite0-small``, whose text tower is smaller, and, with a decoder of captions, ``sarvl-mobile-coca``
    and ``sarvl-mobile-lite0-coca``.
    Its contract is that of open_clip's preprocessing, which crops; our own architectures see the whole image, squashed.
    Raises ModelError where there is no such architecture.
    """
    if architecture in _WITH_DECODER:
        return replace(with_fresh_decoder(create_model(_WITH_DECODER[architecture])), name=architecture)
    if not is_architecture(architecture):
        raise ModelError(f"{architecture}: no such architecture; see `open_clip.list_models()`, or use sarvl-mobile")
    config = open_clip.get_model_config(architecture)
    check_transformers(config, architecture)
    return _opened(architecture, config, _declared(architecture), None)


def open_architecture(architecture: str, weights: str) -> Clip:
    """Return a model of an architecture that open_clip knows, with weights: a tag of open_clip's, a file or a folder.

    Raises ModelError where they cannot be had, do not fit, or would run code.
    """
    name, config = f"{architecture}:{weights}", open_clip.get_model_config(architecture)
    tag = open_clip.get_pretrained_cfg(architecture, weights)
    _check_activation(name, architecture, config, tag)
    check_transformers(config, name)
    if tag:
        with _fetching(name):
            path = Path(download_pretrained(tag))
    elif Path(weights).exists():
        path = weights_of_folder(Path(weights)) if Path(weights).is_dir() else Path(weights)
    else:
        tags = ", ".join(open_clip.list_pretrained_tags_by_model(architecture)) or "none"
        raise ModelError(f"{name}: not a known tag, and no file of weights; tags of {architecture} are {tags}")
    return _opened(name, config, tag or _declared(architecture), read_weights(path))


def open_folder(folder: Path) -> Clip:
    """Return the model of a folder with open_clip's configuration and weights.

    Raises ModelError where a setting is not known to be harmless, or where the weights are missing or do not fit.
    """
    name, (config, preprocess) = f"local-dir:{folder}", read_config(folder / CONFIG)
    check_transformers(config, name)
    return _opened(name, config, preprocess, read_weights(weights_of_folder(folder)), folder)


def open_hub(repository: str) -> Clip:
    """Return the model of a repository ``OWNER/NAME`` on the Hugging Face Hub, fetched or from its cache.

    Raises ModelError as ``open_folder``, and where it cannot be fetched.
    """
    name = f"hf-hub:{repository}"
    with _fetching(name):
        path = download_pretrained_from_hf(repository, filename=CONFIG)
    config, preprocess = read_config(Path(path))
    check_transformers(config, name)
    with _fetching(name):
        weights = Path(download_pretrained_from_hf(repository))
    return _opened(name, config, preprocess, read_weights(weights))


def open_weights(name: str, architecture: str, weights: dict[str, Tensor]) -> Clip:
    """Return a model of an architecture that open_clip knows, with weights that were read; name: what it is called.

    Raises ModelError where they do not fit.
    """
    return _opened(name, open_clip.get_model_config(architecture), _declared(architecture), weights)


def resized(model: ClipT, size: int) -> ClipT:
    """Return a model, its weights taken over, that takes squares of ``size`` pixels.

    Positions of the image tower are interpolated, as open_clip does. Raises ModelError where the tower takes one size
    alone, as transformers of timm do.
    """
    frame = model.square.model_copy(update={"size": size})
    contract = model.contract.model_copy(update={"frame": frame})
    if size == model.square.size:
        return replace(model, contract=contract)
    config = {**model.config, "vision_cfg": {**model.config["vision_cfg"], "image_size": size}}
    with _building(f"{model.name} at {size} pixels"):
        network = network_with(config, state_of_three_planes(model.network)).eval()
        take_planes(network, len(contract.bands))
    return replace(model, network=network, contract=contract, config=config)


def is_architecture(name: str) -> bool:
    """Tell whether open_clip, with our own architectures, knows one of that name."""
    _add_own_architectures()
    return name in open_clip.list_models()


def _declared(architecture: str) -> Config:
    """Return the ``preprocess_cfg`` of an architecture whose weights declare none."""
    # SAR bytes have no colour statistics: the middle of the range goes to 0, as the ImageNet MobileNetV2 wants it.
    own = {"mean": (0.5,) * 3, "std": (0.5,) * 3, "resize_mode": "squash", "interpolation": "bilinear"}
    return own if architecture.startswith("sarvl-") else {}


def _opened(
    name: str, config: Config, preprocess: Config, weights: dict[str, Tensor] | None, folder: Path | None = None
) -> Clip:
    with _building(name):
        network = untrained_network(config, True) if weights is None else network_with(config, weights)
        tokenizer = tokenizer_of(config, folder)
    declared = merge_preprocess_dict(PreprocessCfg(), preprocess)
    kind = _kind_of(network)
    model = kind(name, network.eval(), contract_of(declared, _side(network, name)), config, tokenizer)
    if weights is None and isinstance(model, Coca):
        model.initialise_writer()
    return model


def _kind_of(network: Any) -> type[Clip]:
    if isinstance(network, open_clip.CoCa):
        return Coca
    return Clip if network.logit_bias is None else SigLip


def _side(network: nn.Module, name: str) -> int:
    size: Any = tower_module(network, "image").image_size
    sides = {size} if isinstance(size, int) else set(size)
    if len(sides) > 1:
        raise ModelError(f"{name}: takes images of {size}; only models of square images can be used")
    return int(sides.pop())


def _check_activation(name: str, architecture: str, config: Config, tag: Config) -> None:
    """Refuse weights that were trained with QuickGELU for an architecture without: open_clip warns, and goes on."""
    if tag.get("quick_gelu") and not config.get("quick_gelu"):
        right = name.replace(architecture, f"{architecture}-quickgelu", 1)
        raise ModelError(f"{name}: trained with QuickGELU, which this architecture lacks; name it {right}")


def _add_own_architectures() -> None:
    with as_file(files("sarvl.models").joinpath("configs")) as folder:
        known = set(open_clip.list_models())
        for path in sorted(folder.glob("*.json")):
            if path.stem not in known:
                open_clip.add_model_config(path)


@contextmanager
def _fetching(name: str) -> Iterator[None]:
    """Say in one line that a model cannot be fetched."""
    try:
        with _quiet():
            yield
    except (OSError, ValueError, RuntimeError) as problem:
        raise ModelError(f"{name}: cannot be fetched ({_reason(problem)}); check the name and the network") from problem


@contextmanager
def _building(name: str) -> Iterator[None]:
    """Say in one line that a model cannot be built."""
    try:
        with _quiet():
            yield
    except ModelError as problem:
        raise ModelError(f"{name}: cannot be opened ({problem}); {_ADVICE}") from problem
    except Exception as problem:  # of many types: what open_clip, timm and transformers make of settings
        reason = f"{type(problem).__name__}: {_reason(problem)}"
        raise ModelError(f"{name}: cannot be opened ({reason}); {_ADVICE}") from problem


def _reason(problem: Exception) -> str:
    return " ".join(str(problem).split())[:200]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep open_clip and the hub from warning of new models without weights, and from logging what is raised anyway."""
    loggers = [getLogger(), getLogger("huggingface_hub")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(CRITICAL)
    try:
        with catch_warnings(action="ignore"):
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)

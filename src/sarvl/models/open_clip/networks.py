"""Networks of open_clip from a ``model_cfg`` that was checked, with weights that were read; and their tokenizers."""

import json
import math
from collections.abc import Callable
from copy import copy, deepcopy
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import torch
from open_clip import CLIP, CoCa, CustomTextCLIP, SimpleTokenizer
from open_clip.convert import convert_state_dict
from open_clip.model import convert_to_custom_text_state_dict, resize_pos_embed, resize_text_pos_embed
from open_clip.tokenizer import HFTokenizer
from torch import Tensor, nn

from sarvl.errors import ModelError
from sarvl.files import read_json
from sarvl.models.networks.towers import tower_module
from sarvl.models.open_clip.cut_tokenizer import VOCABULARY, read_cut_tokenizer

Config = dict[str, Any]


def untrained_network(config: Config, fetch_text_tower: bool = False) -> nn.Module:
    """Build a network as ``open_clip.create_model`` does; no image weights are fetched.

    fetch_text_tower: whether a text tower of transformers starts from its own weights.
    """
    fields = deepcopy(config)
    fields["vision_cfg"]["timm_model_pretrained"] = False
    fields["text_cfg"]["hf_model_pretrained"] = fetch_text_tower
    custom_text = fields.pop("custom_text", False) or "hf_model_name" in fields["text_cfg"]
    kind = (CoCa if "multimodal_cfg" in fields else CustomTextCLIP) if custom_text else CLIP
    network: nn.Module = kind(**fields)
    return network


def network_with(config: Config, weights: dict[str, Tensor]) -> nn.Module:
    """Build a network with weights.

    Raises ModelError where they do not fit, before any memory is taken for it; else what open_clip raises.
    """
    plan = planned_network(config)
    fitted = _fitted(plan, weights)
    check_weights(plan.state_dict(), fitted)
    _check_towers(json.dumps(config))
    network = untrained_network(config)
    network.load_state_dict(fitted)
    return network


def planned_network(config: Config) -> nn.Module:
    """Return a network without memory, to be asked for names and shapes; the same one for all that ask."""
    return _planned(json.dumps(config))


@lru_cache(maxsize=16)
def _planned(config: str) -> nn.Module:
    with torch.device("meta"):
        return untrained_network(json.loads(config)).eval()


def _fitted(network: Any, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return weights under the names and in the shapes of a network, as ``open_clip.load_checkpoint`` does."""
    state = dict(convert_state_dict(network, weights))
    if "positional_embedding" in state and not hasattr(network, "positional_embedding"):
        state = dict(convert_to_custom_text_state_dict(state))
    for name in ("logit_scale", "logit_bias"):
        own = getattr(network, name)
        if own is not None and name in state:
            state[name] = state[name].reshape(own.shape)
    if network.logit_bias is not None:
        state.setdefault("logit_bias", torch.zeros(network.logit_bias.shape))
    state.pop("text.transformer.embeddings.position_ids", None)  # of transformers before 4.31
    resize_pos_embed(state, network)
    _resize_pooling(state, network)
    resize_text_pos_embed(state, network)
    return state


def _resize_pooling(state: dict[str, Tensor], network: Any) -> None:
    """Interpolate the positions of a ResNet's pooling, which open_clip leaves out, as those of a transformer."""
    name = "visual.attnpool.positional_embedding"
    positions = network.state_dict().get(name)
    if positions is not None and name in state:
        side = math.isqrt(len(positions) - 1)
        grid = SimpleNamespace(visual=SimpleNamespace(grid_size=(side, side)))
        as_of_transformer = {"visual.positional_embedding": state[name]}
        resize_pos_embed(as_of_transformer, grid)
        state[name] = as_of_transformer["visual.positional_embedding"]


def check_weights(wanted: dict[str, Tensor], given: dict[str, Tensor]) -> None:
    """Raise ModelError where names or shapes of weights are not those that are wanted."""
    if wrong := sorted(wanted.keys() ^ given.keys()):
        kind = "missing" if wrong[0] in wanted else "not of this architecture"
        raise ModelError(f"{len(wrong)} weights do not fit: {wrong[0]} is {kind}")
    wrong = [name for name in wanted if wanted[name].shape != given[name].shape]
    if wrong:
        shapes = f"{tuple(given[wrong[0]].shape)} instead of {tuple(wanted[wrong[0]].shape)}"
        raise ModelError(f"{len(wrong)} weights do not fit: {wrong[0]} is {shapes}")


@lru_cache(maxsize=16)
@torch.inference_mode()
def _check_towers(written: str) -> None:
    """Run a network without memory, so that settings that do not go together are found before the first image.

    written: its configuration as JSON.
    """
    plan, config = cast(Any, _planned(written)), json.loads(written)
    size: Any = tower_module(plan, "image").image_size
    sides = tuple(size) if isinstance(size, tuple | list) else (size, size)
    expected = 1, config["embed_dim"]
    shapes = [plan.encode_image(torch.empty(1, 3, *sides, device="meta")).shape]
    if not config["text_cfg"].get("hf_model_name"):  # transformers looks at values
        context = config["text_cfg"].get("context_length", 77)
        shapes.append(plan.encode_text(torch.zeros(1, context, dtype=torch.long, device="meta")).shape)
    if wrong := [tuple(shape) for shape in shapes if shape != expected]:
        raise ModelError(f"a tower gives vectors of shape {wrong[0]} instead of {expected}")


def tokenizer_of(config: Config, folder: Path | None = None) -> Callable[..., Tensor]:
    """Return the tokenizer of a ``model_cfg``; one of transformers from ``folder``, or from the hub by its name.

    open_clip's own is cut to the pieces that a file of the folder keeps. Raises ModelError where the folder's tokenizer
    is damaged or missing, or names code of its own.
    """
    text = config["text_cfg"]
    options = {"context_length": text.get("context_length", 77), **(text.get("tokenizer_kwargs") or {})}
    if not text.get("hf_tokenizer_name"):
        whole: Any = _simple_tokenizer(**options)
        rows = text.get("vocab_size", whole.vocab_size)
        if folder and ((folder / VOCABULARY).exists() or rows < whole.vocab_size):
            return read_cut_tokenizer(folder / VOCABULARY, whole, rows)
        return whole  # type: ignore[no-any-return]
    if folder:
        _check_tokenizer(folder)
    source, mode = folder or text["hf_tokenizer_name"], text.get("tokenizer_mode")
    # Without the last, transformers asks on the terminal whether to run what the tokenizer brings along.
    tokenizer: Callable[..., Tensor] = HFTokenizer(source, tokenizer_mode=mode, **options, trust_remote_code=False)
    return tokenizer


def _simple_tokenizer(context_length: int, **options: Any) -> Callable[..., Tensor]:
    tokenizer: Any = copy(_read_tokenizer(json.dumps(options)))
    tokenizer.context_length = context_length
    simple: Callable[..., Tensor] = tokenizer
    return simple


@lru_cache(maxsize=4)
def _read_tokenizer(options: str) -> SimpleTokenizer:
    """Return open_clip's own tokenizer with options as JSON: its 49,408 words are read once for all models."""
    return SimpleTokenizer(**json.loads(options))


def check_transformers(config: Config, name: str) -> None:
    """Raise ModelError where a network or its tokenizer is of transformers, and that is not installed."""
    if not any(config["text_cfg"].get(key) for key in ("hf_tokenizer_name", "hf_model_name")):
        return
    try:
        import_module("transformers")
    except ImportError as problem:
        raise ModelError(
            f"{name}: its texts go through transformers, which is not installed; pip install 'sarvl[transformers]'"
        ) from problem


def _check_tokenizer(folder: Path) -> None:
    for path in (folder / "tokenizer_config.json", folder / "config.json", folder / "tokenizer.json"):
        value = read_json(path, ModelError) if path.is_file() else {}
        if isinstance(value, dict) and "auto_map" in value:
            raise ModelError(f"{path}: auto_map names code of its own, which is never run; remove it")

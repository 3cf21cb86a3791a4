"""LoRA: a low-rank addition to the weights of both towers, by peft (Hu et al. 2021)."""

import json
import re
from collections.abc import Sequence
from copy import deepcopy
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from sarvl.errors import ModelError
from sarvl.files import file_bytes, write_text
from sarvl.models.adapting.four_bits import forget_four_bits, is_four_bit, keep_layout, whole_layer
from sarvl.models.networks.tensor_file import write_tensors
from sarvl.models.networks.towers import tower_of
from sarvl.models.networks.weights import read_weights

TRAINED = ("*.lora_?.*", "scale", "reader", "projector")
"""What is trained of a network with an addition: the addition, factor and bias of cosines, a reader of tiles, and a
projector."""
ADAPTER_CONFIG, ADAPTER = "adapter_config.json", "adapter_model.safetensors"  # as peft calls them
_NAME = "default"  # of the addition, in names of parameters
_PREFIX = "base_model.model."  # which peft puts before names in its files


def add_lora(network: nn.Module, rank: int, alpha: float, towers: Sequence[str], seed: int) -> None:
    """Add what is trained beside linear layers, pointwise convolutions and attention of ``towers``; zero at first.

    The network stays the same object. Attention whose keys are of another width (the pooling of a CoCa, and of a
    ResNet) stays as it is: peft cannot add to it. Raises ModelError where peft is missing, or finds no layer.
    """
    peft = _peft()
    layers = [name for name, _ in _layers(network) if tower_of(name) in towers]
    if not layers:
        raise ModelError(f"lora: no layer of {' and '.join(towers)} can be added to; choose other towers")
    torch.manual_seed(seed)
    target = "|".join(map(re.escape, layers))
    config = peft.LoraConfig(r=rank, lora_alpha=alpha, target_modules=target, lora_dropout=0.0)
    peft.inject_adapter_in_model(config, network, _NAME)
    keep_layout(network)
    for name, parameter in network.named_parameters():
        if ".lora_" in name:
            parameter.data = parameter.data.float()  # steps are lost in the type of the weights, where that is short
    _keep_base_weights(network)


def check_peft() -> None:
    """Raise ModelError where peft is not installed."""
    _peft()


def changes_attention(network: nn.Module, towers: Sequence[str]) -> bool:
    """Return whether an addition to ``towers`` changes the weights of fused attention while this computes."""
    kinds = [type(layer) for name, layer in _layers(network) if tower_of(name) in towers]
    return nn.MultiheadAttention in kinds


def merged(network: nn.Module) -> nn.Module:
    """Return a copy of a network with the addition merged into its weights, under their own names."""
    copy = deepcopy(network)
    merge(copy)
    return copy


def merge(network: nn.Module) -> None:
    """Merge the addition into the weights of a network, which has its own layers again."""
    for name, layer in _additions(network):
        parent, _, place = name.rpartition(".")
        if is_four_bit(layer.get_base_layer()):
            plain = whole_layer(layer.get_base_layer(), layer.get_delta_weight(_NAME))
        elif hasattr(layer, "unload_and_optionally_merge_module"):
            plain = layer.unload_and_optionally_merge_module(merge=True, safe_merge=False, adapter_names=None)
        else:
            layer.merge()
            plain = layer.get_base_layer()
        setattr(network.get_submodule(parent), place, plain)
    forget_four_bits(network)
    del network.peft_config


def write_lora(network: nn.Module, folder: Path) -> None:
    """Write the addition of a network alone, as ``peft.PeftModel.from_pretrained`` reads it."""
    peft = _peft()
    state: dict[str, Tensor] = peft.get_peft_model_state_dict(network, adapter_name=_NAME)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"{_PREFIX}{name}": value.detach().cpu().contiguous() for name, value in state.items()}
    write_tensors(folder / ADAPTER, tensors, {"format": "pt"})
    settings = network.peft_config[_NAME].to_dict()  # type: ignore[union-attr, index]
    plain = {name: sorted(value) if isinstance(value, set) else value for name, value in settings.items()}
    write_text(folder / ADAPTER_CONFIG, json.dumps(plain, indent=1, sort_keys=True, default=str) + "\n")


def load_lora(network: nn.Module, folder: Path) -> None:
    """Add what ``write_lora`` wrote to the network that it was trained beside.

    Raises ModelError where the files are missing or of another network.
    """
    peft = _peft()
    try:
        file_bytes(folder / ADAPTER_CONFIG)
        config = peft.LoraConfig.from_pretrained(str(folder))
        state = {name.removeprefix(_PREFIX): value for name, value in read_weights(folder / ADAPTER).items()}
        peft.inject_adapter_in_model(config, network, _NAME)
        loaded = peft.set_peft_model_state_dict(network, state, adapter_name=_NAME)
    except (OSError, ValueError, TypeError, RuntimeError) as problem:
        reason = " ".join(str(problem).split())[:200]
        raise ModelError(
            f"{folder}: no addition to this network ({reason}); give the lora folder of its own"
        ) from problem
    missing = [name for name in loaded.missing_keys if ".lora_" in name]
    if wrong := [*missing, *loaded.unexpected_keys]:
        raise ModelError(f"{folder}: {wrong[0]} does not fit this network; give the lora folder of its own")
    _keep_base_weights(network)


def _peft() -> Any:
    try:
        return import_module("peft")
    except ImportError as problem:
        raise ModelError("lora: peft is not installed; pip install 'sarvl[lora]'") from problem


def _layers(network: nn.Module) -> list[tuple[str, nn.Module]]:
    """Return the layers that can be added to: what stands inside attention is part of that."""
    layers: list[tuple[str, nn.Module]] = []
    inside: tuple[str, ...] = ()
    outputs = _output_layers(network)
    for name, module in network.named_modules():
        if (inside and name.startswith(inside)) or any(module is output for output in outputs):
            continue
        if isinstance(module, nn.MultiheadAttention) or type(module).__name__ == "AttentionPool2d":
            inside += (f"{name}.",)  # both use the weights of their layers without calling these
        if _can_be_added_to(module):
            layers.append((name, module))
    return layers


def _output_layers(network: nn.Module) -> list[nn.Module]:
    """Return what gives logits in networks of transformers: "all linear layers" of LoRA never are these."""
    asked = [getattr(module, "get_output_embeddings", lambda: None)() for module in network.modules()]
    return [output for output in asked if output is not None]


def _can_be_added_to(module: nn.Module) -> bool:
    if isinstance(module, nn.MultiheadAttention):
        return bool(module._qkv_same_embed_dim)
    if isinstance(module, nn.Conv2d):
        return module.kernel_size == (1, 1) and module.groups == 1
    return isinstance(module, nn.Linear)


def _additions(network: nn.Module) -> list[tuple[str, Any]]:
    """Return the layers of peft, but for those inside of others."""
    additions: list[tuple[str, Any]] = []
    for name, module in network.named_modules():
        if hasattr(module, "get_base_layer") and not any(name.startswith(f"{other}.") for other, _ in additions):
            additions.append((name, module))
    return additions


def _keep_base_weights(network: nn.Module) -> None:
    """Put the weights of attention back after each call: peft adds to them and subtracts again, which loses bits."""
    for _, layer in _additions(network):
        if isinstance(layer.get_base_layer(), nn.MultiheadAttention):
            layer.register_forward_hook(_PutBack(layer.get_base_layer()))


class _PutBack:
    """What attention had before, as one object that is copied with its network."""

    def __init__(self, attention: Any) -> None:
        self._attention = attention
        self._inner, self._outer = attention.in_proj_weight, attention.out_proj.get_base_layer().weight

    def __call__(self, *_: object) -> None:
        self._attention.in_proj_weight = self._inner
        self._attention.out_proj.get_base_layer().weight = self._outer

"""Four bits: the decoder of a model of transformers in 4 bits a weight, by bitsandbytes (QLoRA, Dettmers et al. 2023).

What is trained beside such weights is LoRA's addition. What is kept is whole again: each weight as it was computed
with, the addition merged into it.
"""

from collections.abc import Mapping
from copy import deepcopy
from importlib import import_module
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from sarvl.errors import ModelError
from sarvl.models.networks.towers import tower_of

Value = TypeVar("Value")
_NEEDED = ("bitsandbytes", "accelerate")


def four_bit_loading(where: str, quantize: str, config: Any, auto: Any, *, has_tower: bool) -> dict[str, Any]:
    """Return what ``from_pretrained`` of transformers takes for it. quantize: the kind of 4 bits, such as ``nf4``.

    All linear layers of the decoder but those that give logits get 4 bits. config: of the network, whose layers are
    looked through. auto: the class of transformers that makes it. has_tower: whether there is more than a decoder.
    Raises ModelError where bitsandbytes is not installed, or does not compute on the device here.
    """
    _check(where, quantize)
    with torch.device("meta"):
        plan = auto.from_config(config, trust_remote_code=False)
    layers = [name for name, module in plan.named_modules() if isinstance(module, nn.Linear)]
    settings = import_module("transformers").BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=quantize,
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
        llm_int8_skip_modules=[name for name in layers if not _is_cut(name, plan, has_tower)],  # of 4 bits as well
    )
    return {"quantization_config": settings}


def _check(where: str, quantize: str) -> None:
    for name in _NEEDED:
        try:
            import_module(name)
        except ImportError as problem:
            raise ModelError(
                f"{where}: quantize: {quantize} needs {name}, which is not installed; pip install 'sarvl[qlora]'"
            ) from problem
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device not in import_module("bitsandbytes").supported_torch_devices:
        raise ModelError(
            f"{where}: quantize: {quantize}: the bitsandbytes that is installed does not compute on {device}; "
            "install a newer one, or leave `quantize` out"
        )


def _is_cut(name: str, plan: Any, has_tower: bool) -> bool:
    """Return whether a linear layer of a network is one of its decoder's that get 4 bits."""
    is_of_decoder = not has_tower or tower_of(f"{name}.weight") == "decoder"
    return is_of_decoder and plan.get_submodule(name) is not plan.get_output_embeddings()


def is_four_bit(layer: object) -> bool:
    """Return whether the weights of a layer have 4 bits."""
    kind = type(layer)  # peft has a class of that name as well
    return kind.__name__ == "Linear4bit" and kind.__module__.startswith("bitsandbytes")


def keep_layout(network: nn.Module) -> None:
    """Have bitsandbytes leave weights of 4 bits as they lie.

    On processors with bfloat16 it lays them out anew where nothing is trained, as in measuring between two epochs, and
    neither a later step nor ``whole_layer`` knows of that.
    """
    layers: list[Any] = [module for module in network.modules() if is_four_bit(module)]
    for layer in layers:
        layer.support_avx512bf16_for_cpu = False


def whole_layer(layer: Any, added: Tensor | None = None) -> nn.Linear:
    """Return a layer of 4 bits as a linear layer, on the CPU, where large networks have room; with ``added``."""
    weight = import_module("bitsandbytes").functional.dequantize_4bit(layer.weight.data, layer.weight.quant_state)
    with torch.no_grad():
        plain = nn.Linear(layer.in_features, layer.out_features, layer.bias is not None, device="cpu")
        plain.weight = nn.Parameter((weight if added is None else weight + added.to(weight.dtype)).cpu())
        if layer.bias is not None:
            plain.bias = nn.Parameter(layer.bias.detach().cpu())
    return plain


def forget_four_bits(network: nn.Module) -> None:
    """Have a network whose layers are whole again be written as any other."""
    for module in network.modules():
        config: Any = getattr(module, "config", None)
        if getattr(config, "quantization_config", None) is not None:
            module.config = deepcopy(config)
            del module.config.quantization_config  # type: ignore[union-attr]
        for name in ("hf_quantizer", "is_quantized", "is_loaded_in_4bit", "quantization_method"):
            if name in vars(module):
                delattr(module, name)


def without_four_bits(network: nn.Module, state: Mapping[str, Value]) -> dict[str, Value]:
    """Return a state, by name, without weights of 4 bits, which never change and come from the start."""
    cut = tuple(f"{name}.weight" for name, module in network.named_modules() if is_four_bit(module))
    return {name: value for name, value in state.items() if not cut or not name.startswith(cut)}

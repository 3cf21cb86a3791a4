"""Packing: a checkpoint made small, in float16, and a CLIP with the part of the vocabulary that its texts have."""

from collections.abc import Iterable
from copy import copy, deepcopy
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from sarvl.errors import ModelError
from sarvl.models.clips.clip import Clip
from sarvl.models.clips.clip_with_decoder import TwoTokenizers
from sarvl.models.model import Model
from sarvl.models.networks.tensor_file import write_tensors
from sarvl.models.networks.towers import tower_module
from sarvl.models.open_clip.cut_tokenizer import CutTokenizer, closed
from sarvl.models.open_clip.networks import tokenizer_of

ClipT = TypeVar("ClipT", bound=Clip)
ModelT = TypeVar("ModelT", bound=Model)
_MANY = 20_000
_LARGEST = torch.finfo(torch.float16).max


def packed(model: ClipT, texts: Iterable[str]) -> ClipT:
    """Return a copy of a model with the pieces of ``texts`` alone, and weights that float16 holds exactly.

    Raises ModelError where the model does not read texts by open_clip's own tokenizer, or a weight is too large.
    """
    return rounded(with_text_vocabulary(model, texts))


def rounded(model: ModelT) -> ModelT:
    """Return a copy of a model with weights that float16 holds exactly; ModelError where one is too large."""
    small = copy(model)
    small.network = deepcopy(model.network)
    small.network.load_state_dict({name: _rounded(tensor, name) for name, tensor in small.network.state_dict().items()})
    return small


def with_text_vocabulary(model: ClipT, texts: Iterable[str]) -> ClipT:
    """Return a copy of a model that keeps the pieces of ``texts``, with what these are merged from, and all bytes.

    Texts of these pieces get the features that they had. A vocabulary that was cut before stays as it is: the rows of
    other pieces are gone. Raises ModelError as ``packed``.
    """
    check_vocabulary(model)
    if isinstance(model.tower_tokenizer, CutTokenizer):
        return copy(model)
    text = model.config["text_cfg"]
    whole: Any = tokenizer_of(model.config)
    pieces = closed(chain.from_iterable(map(whole.encode, texts)), whole)
    network = deepcopy(model.network)
    tower: Any = tower_module(network, "text")
    rows = tower.token_embedding.weight.detach()[pieces]
    tower.token_embedding = nn.Embedding(len(pieces), rows.shape[1], _weight=rows)
    tower.vocab_size = len(pieces)
    config = {**model.config, "text_cfg": {**text, "vocab_size": len(pieces)}}
    tokenizer: Any = CutTokenizer(whole, pieces)
    if isinstance(model.tokenizer, TwoTokenizers):
        tokenizer = replace(model.tokenizer, tower=tokenizer)
    cut = copy(model)
    cut.network, cut.config, cut.tokenizer = network, config, tokenizer
    return cut


def check_vocabulary(model: Clip) -> None:
    """Raise ModelError where a model does not read texts by open_clip's own tokenizer, whole or a part of it."""
    text = model.config["text_cfg"]
    if text.get("hf_tokenizer_name") or text.get("hf_model_name"):
        raise ModelError(f"{model.name}: its vocabulary is not open_clip's own; pack another model")


def is_halved(tensor: Tensor) -> bool:
    """Return whether a tensor is kept in float16: one of many numbers, which is most of the bytes.

    Small ones, depthwise kernels among them, cost a hundredth of the bytes and most of the rounding: of a MobileNetV2
    the least cosine of features with those before was .9997 with all matrices in float16, .9999996 so.
    """
    return tensor.dtype == torch.float32 and tensor.numel() >= _MANY


def halve_files(folder: Path) -> None:
    """Write the large tensors of all safetensors files of a folder in float16."""
    for path in sorted(folder.glob("*.safetensors")):
        state = {name: tensor.half() if is_halved(tensor) else tensor for name, tensor in load_file(path).items()}
        write_tensors(path, state, {"format": "pt"})


def _rounded(tensor: Tensor, name: str) -> Tensor:
    """Return a tensor as it comes back from its file."""
    if not is_halved(tensor):
        return tensor
    if tensor.abs().max() > _LARGEST:
        raise ModelError(f"{name}: a weight is too large for float16; pack another model")
    return tensor.half().float()

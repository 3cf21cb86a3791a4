"""TokenEncoder: a text model of transformers, from a local folder, that gives a vector of each token."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sarvl.errors import ModelError

_UNNEEDED = "pooler."  # which no token's vector comes from, and which many checkpoints do not have


@dataclass(frozen=True)
class TokenEncoder:
    """A tokenizer and a network of transformers. layer: whose vectors are taken, from 1; None for the last.

    name: what errors call it.
    """

    name: str
    tokenizer: Any
    network: Any
    layer: int | None = None

    def encode(self, texts: Sequence[str]) -> list[tuple[NDArray[np.float32], NDArray[np.bool_]]]:
        """Return, of each text, the unit vectors ``(T, D)`` of its tokens, and which are of the text itself ``(T,)``.

        Texts are cut to ``longest`` tokens. Those of one length go through the network together, so that there is no
        padding.
        """
        read = [self._read(text) for text in texts]
        by_length: dict[int, list[int]] = {}
        for place, (tokens, _) in enumerate(read):
            by_length.setdefault(len(tokens), []).append(place)
        vectors: dict[int, NDArray[np.float32]] = {}
        for places in by_length.values():
            hidden = self._hidden(torch.tensor([read[place][0] for place in places], dtype=torch.long))
            vectors |= dict(zip(places, hidden, strict=True))
        return [(vectors[place], counts) for place, (_, counts) in enumerate(read)]

    def is_cut(self, text: str) -> bool:
        """Tell whether a text has more tokens than the network takes."""
        return len(self.tokenizer(text, verbose=False)["input_ids"]) > self.longest

    @cached_property
    def longest(self) -> int:
        """The most tokens that the network takes: its positions, of which RoBERTa leaves the first ones out."""
        config = self.network.config
        positions = getattr(config, "max_position_embeddings", None) or self.tokenizer.model_max_length
        if "roberta" in config.model_type:
            positions -= config.pad_token_id + 1
        return int(min(positions, self.tokenizer.model_max_length))

    def _read(self, text: str) -> tuple[list[int], NDArray[np.bool_]]:
        told = self.tokenizer(text.strip(), truncation=True, max_length=self.longest, return_special_tokens_mask=True)
        return told["input_ids"], ~np.array(told["special_tokens_mask"], dtype=bool)

    @torch.inference_mode()
    def _hidden(self, tokens: torch.Tensor) -> NDArray[np.float32]:
        """Return unit vectors ``(B, T, D)`` of tokens ``(B, T)``."""
        if not tokens.shape[1]:
            return np.zeros((*tokens.shape, 0), np.float32)
        layers = self.network(input_ids=tokens, output_hidden_states=True).hidden_states
        hidden = torch.nn.functional.normalize(layers[-1 if self.layer is None else self.layer].float(), dim=-1)
        vectors: NDArray[np.float32] = hidden.numpy()
        return vectors


def load_token_encoder(folder: Path, layer: int | None = None) -> TokenEncoder:
    """Load an encoder from a folder, weights from safetensors alone and without any code of the folder's.

    Raises ModelError where transformers is missing, the folder cannot be loaded, weights are missing, or it has no such
    layer.
    """
    try:
        from transformers import AutoModel, AutoTokenizer  # noqa: PLC0415 - a heavy extra
    except ImportError as problem:
        raise ModelError(f"{folder}: transformers is not installed; pip install 'sarvl[transformers]'") from problem
    safely = {"local_files_only": True, "trust_remote_code": False}
    try:
        # RoBERTa's first word is else another token than the same word later; the authors of BERTScore do so too.
        tokenizer = AutoTokenizer.from_pretrained(folder, **safely, add_prefix_space=True)
        network, told = AutoModel.from_pretrained(folder, **safely, use_safetensors=True, output_loading_info=True)
    except Exception as problem:  # of many types: what transformers makes of a folder
        reason = " ".join(str(problem).split())
        raise ModelError(
            f"{folder}: cannot be loaded ({reason}); give a folder with config.json, a tokenizer and model.safetensors"
        ) from problem
    _check(folder, network.config, told, layer)
    return TokenEncoder(str(folder), tokenizer, network.eval().float(), layer)


def _check(folder: Path, config: Any, told: Mapping[str, Any], layer: int | None) -> None:
    """Refuse weights that would be drawn at random, and layers that are not there."""
    if missing := sorted(name for name in told["missing_keys"] if _UNNEEDED not in name):
        raise ModelError(f"{folder}: its weights lack {missing[0]}; give a folder whose model is whole")
    if getattr(config, "is_encoder_decoder", False):
        raise ModelError(f"{folder}: {config.model_type} reads and writes; give a model that reads alone, such as BERT")
    layers = config.num_hidden_layers
    if layer is not None and layer > layers:
        raise ModelError(f"{folder}: it has {layers} layers, and no layer {layer}; choose one of 1 to {layers}")

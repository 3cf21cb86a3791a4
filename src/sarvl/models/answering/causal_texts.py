"""CausalTexts: texts that a causal language model of transformers writes, with its keys and values kept."""

from collections.abc import Mapping
from functools import lru_cache
from inspect import signature
from typing import Any

import torch
from torch import Tensor

from sarvl.models.answering.shared_images import Behind

CACHES = ("cache", "past_key_values")
"""What networks of transformers call their cache: since 5.2x, and before."""


class CausalTexts:
    """``GrowingTexts`` behind prompts of unequal length, padded on the left.

    network: a causal model of transformers, or one of images and texts. inputs: what it takes of N prompts, by name:
    ``input_ids`` or ``inputs_embeds``, ``attention_mask`` (N, L), and what it takes of their images. ends: the tokens
    that end a text. texts_an_image: R / N. behind: where ``inputs`` are of D images, and of all that stands before the
    questions, what stands behind these in each of the N prompts.
    """

    def __init__(
        self,
        network: Any,
        inputs: Mapping[str, Any],
        ends: tuple[int, ...],
        texts_an_image: int = 1,
        behind: Behind | None = None,
    ) -> None:
        """Take the prompts; nothing is computed before the first step."""
        self._network, self._inputs, self._mask = network, inputs, inputs["attention_mask"]
        self._behind = behind
        self.ends, self.images, self.length = ends, len(behind.tokens if behind else self._mask), 0
        self._texts_an_image = texts_an_image
        self._cache: Any = None

    @property
    def start(self) -> int:
        """Any token: the prompt stands before all texts."""
        return self.ends[0]

    @property
    def padding(self) -> int:
        """A token that ends a text."""
        return self.ends[0]

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        device: torch.device = self._mask.device
        return device

    @torch.inference_mode()
    def step(self, tokens: Tensor) -> Tensor:
        """Return the logits of the next token (R, V); the first step computes the prompts and takes no tokens."""
        self.length += 1
        if self._cache is None:
            return self._first_step()
        self._mask = torch.cat((self._mask, self._mask.new_ones((len(tokens), 1))), dim=1)
        return self._run(input_ids=tokens[:, None], attention_mask=self._mask, **self._places(1))

    def _first_step(self) -> Tensor:
        logits = self._run(**self._inputs, **({} if self._has_deltas else self._places(self._mask.shape[1])))
        if self._behind:
            logits = self._go_on(self._behind)
        if self._texts_an_image == 1:
            return logits
        rows = torch.arange(self.images, device=self.device).repeat_interleave(self._texts_an_image)
        self._select(rows)
        return logits[rows]

    def _go_on(self, behind: Behind) -> Tensor:
        """Return the logits behind all prompts, of which the images, and what stands before these, were taken in."""
        image_of, tokens, is_there = (part.to(self.device) for part in behind)
        self._select(image_of)
        self._mask = torch.cat((self._mask, is_there.to(self._mask.dtype)), dim=1)
        return self._run(input_ids=tokens, attention_mask=self._mask, **self._places(tokens.shape[1]))

    def _run(self, **inputs: Any) -> Tensor:
        taken = _taken(self._network.__class__)
        if self._cache is not None:
            inputs[next(name for name in CACHES if name in taken)] = self._cache
        more = {"logits_to_keep": 1} if "logits_to_keep" in taken else {}
        outputs = self._network(**inputs, **more, use_cache=True, return_dict=True)
        self._cache = next(outputs[name] for name in CACHES if name in outputs)
        logits: Tensor = outputs.logits[:, -1].float()
        return logits

    def _places(self, count: int) -> dict[str, Tensor]:
        """Return the places of the last ``count`` tokens (R, count), by the argument's name, where the network asks."""
        if "position_ids" not in _taken(self._network.__class__):
            return {}
        places = (self._mask.long().cumsum(dim=-1) - 1).clamp(min=0)[:, -count:]
        if self._has_deltas:  # an image takes other places than it has tokens
            places = places + self._network.model.rope_deltas
        # PaliGemma counts from 1 (modeling_paligemma.py, "position_ids in Paligemma are 1-indexed").
        return {"position_ids": places + int(self._network.config.model_type.startswith("paligemma"))}

    @property
    def _has_deltas(self) -> bool:
        """Whether the network counts in three dimensions, as Qwen-VL does: it finds the places of prompts alone."""
        return hasattr(getattr(self._network, "model", None), "rope_deltas")

    def reorder(self, rows: Tensor) -> None:
        """Let the text of row r go on from that of row ``rows[r]``."""
        self._select(rows)

    def keep(self, images: Tensor) -> None:
        """Go on with some images only."""
        self.images = len(images)
        each = torch.arange(self._texts_an_image, device=images.device)
        self._select((images[:, None] * self._texts_an_image + each).flatten())

    def _select(self, rows: Tensor) -> None:
        self._cache.batch_select_indices(rows)
        self._mask = self._mask[rows]
        if self._has_deltas:
            self._network.model.rope_deltas = self._network.model.rope_deltas[rows]


@lru_cache(maxsize=64)
def _taken(kind: Any) -> frozenset[str]:
    """Return the names of what a network of a class takes."""
    return frozenset(signature(kind.forward).parameters)

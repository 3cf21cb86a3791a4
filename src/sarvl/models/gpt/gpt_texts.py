"""GptTexts: answers of a sarvl-gpt that grow token by token, the keys and values of all before them kept."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from sarvl.models.gpt.network import GptNetwork, Seen, image_positions, who_looks_at_whom
from sarvl.models.gpt.rows import padded
from sarvl.models.gpt.script import Script


class GptTexts:
    """``GrowingTexts`` behind questions about images.

    seen: what is seen of N images. asked: the token ids behind the image of each, up to the answer.
    texts_an_image: R / N.
    """

    def __init__(
        self, network: GptNetwork, script: Script, seen: Seen, asked: Sequence[Sequence[int]], texts_an_image: int = 1
    ) -> None:
        """Take in images and questions but for the last token, which is the start of all answers."""
        self._decoder, self._script, self._texts_an_image = network.decoder, script, texts_an_image
        self.images, self.length, self.start = len(asked), 0, int(asked[0][-1])
        tokens = padded([ids[:-1] for ids in asked], script.padding).to(seen.vectors.device)
        counts = torch.tensor([len(ids) - 1 for ids in asked], device=tokens.device)
        places = torch.arange(tokens.shape[1], device=tokens.device).expand(len(tokens), -1)
        is_asked = places < counts[:, None]
        self._cache = self._taken_in(seen, tokens, is_asked, places)
        self._is_there = torch.cat([seen.is_there, is_asked], dim=1)  # (R, all so far)
        self._next = seen.counts + counts  # the position of the next token (R,)
        if texts_an_image > 1:
            self._choose(torch.arange(self.images, device=tokens.device).repeat_interleave(texts_an_image))

    def _taken_in(self, seen: Seen, tokens: Tensor, is_asked: Tensor, places: Tensor) -> Any:
        vectors = torch.cat([seen.vectors, self._decoder.embed(tokens).to(seen.vectors.dtype)], dim=1)
        positions = torch.cat([image_positions(seen.is_there), seen.counts[:, None] + places], dim=1)
        allowed = who_looks_at_whom(seen.is_there, torch.where(is_asked, 0, -1))
        cache = self._decoder.new_cache()
        self._decoder.logits(vectors, positions, allowed, places.new_zeros((len(tokens), 1)), cache)
        return cache

    @property
    def ends(self) -> tuple[int, ...]:
        """The token that ends an answer."""
        return (self._script.end,)

    @property
    def padding(self) -> int:
        """The token of answers that have ended."""
        return self._script.padding

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self._is_there.device

    @torch.inference_mode()
    def step(self, tokens: Tensor) -> Tensor:
        """Take the next token of each answer (R,), and return the logits of the one behind it, float32 (R, V)."""
        self._is_there = torch.cat([self._is_there, self._is_there.new_ones((len(tokens), 1))], dim=1)
        only = tokens.new_zeros((len(tokens), 1))
        vectors = self._decoder.embed(tokens[:, None])
        logits = self._decoder.logits(vectors, self._next[:, None], self._is_there[:, None], only, self._cache)
        self._next, self.length = self._next + 1, self.length + 1
        return logits[:, 0].float()

    def reorder(self, rows: Tensor) -> None:
        """Let the answer of row r go on from that of row ``rows[r]``, which is of the same image; rows: (R,)."""
        self._choose(rows)

    def keep(self, images: Tensor) -> None:
        """Go on with some images only."""
        self.images = len(images)
        each = torch.arange(self._texts_an_image, device=images.device)
        self._choose((images[:, None] * self._texts_an_image + each).flatten())

    def _choose(self, rows: Tensor) -> None:
        self._cache = self._decoder.choose(self._cache, rows)
        self._is_there, self._next = self._is_there[rows], self._next[rows]

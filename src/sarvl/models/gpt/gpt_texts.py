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

    seen: what is seen of D images, which goes through the decoder once, however many questions are about it. image_of:
    which of them each of N questions is about (N,). asked: the token ids behind the image of each question, up to the
    answer. texts_an_image: R / N.
    """

    def __init__(
        self,
        network: GptNetwork,
        script: Script,
        seen: Seen,
        image_of: Tensor,
        asked: Sequence[Sequence[int]],
        *,
        texts_an_image: int = 1,
    ) -> None:
        """Take in images and questions; nothing is computed before the first step."""
        self._decoder, self._script, self._texts_an_image = network.decoder, script, texts_an_image
        self._seen, self._image_of, self._asked = seen, image_of, asked
        self.images, self.length, self.start = len(asked), 0, int(asked[0][-1])
        self._cache: Any = None
        self._is_there = seen.is_there  # (D, P), and behind the first step (R, all so far)
        self._next = seen.counts  # the position of the next token: (D,), and then (R,)

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
        """Return the logits of the next token (R, V); the first step computes the questions and takes no tokens."""
        self.length += 1
        if self._cache is None:
            return self._first_step()
        self._is_there = torch.cat([self._is_there, self._is_there.new_ones((len(tokens), 1))], dim=1)
        only = tokens.new_zeros((len(tokens), 1))
        vectors = self._decoder.embed(tokens[:, None])
        logits = self._decoder.logits(vectors, self._next[:, None], self._is_there[:, None], only, self._cache)
        self._next = self._next + 1
        return logits[:, 0].float()

    def _first_step(self) -> Tensor:
        """Take in the images, and behind each the questions about it; return the logits of the first tokens (R, V)."""
        self._cache = self._of_images()
        if self._image_of.tolist() != list(range(len(self._seen.vectors))):
            self._choose(self._image_of)
        tokens = padded(self._asked, self._script.padding).to(self.device)
        counts = torch.tensor([len(ids) for ids in self._asked], device=self.device)
        places = torch.arange(tokens.shape[1], device=self.device).expand(len(tokens), -1)
        is_asked = places < counts[:, None]
        allowed = who_looks_at_whom(self._is_there, torch.where(is_asked, 0, -1))[:, self._is_there.shape[1] :]
        vectors = self._decoder.embed(tokens).to(self._seen.vectors.dtype)
        positions = self._next[:, None] + places
        logits = self._decoder.logits(vectors, positions, allowed, counts[:, None] - 1, self._cache)[:, 0].float()
        self._is_there = torch.cat([self._is_there, is_asked], dim=1)
        self._next = self._next + counts
        if self._texts_an_image == 1:
            return logits
        rows = torch.arange(self.images, device=self.device).repeat_interleave(self._texts_an_image)
        self._choose(rows)
        return logits[rows]

    def _of_images(self) -> Any:
        """Return a cache of what is seen of the images; no logits are asked for."""
        seen, cache = self._seen, self._decoder.new_cache()
        none = torch.zeros((len(seen.vectors), 0), dtype=torch.int64, device=self.device)
        allowed = who_looks_at_whom(seen.is_there, none)
        self._decoder.logits(seen.vectors, image_positions(seen.is_there), allowed, none, cache)
        return cache

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

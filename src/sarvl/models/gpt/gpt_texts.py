"""GptTexts: answers of a sarvl-gpt that grow token by token, the keys and values of all before them kept."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from sarvl.models.gpt.network import GptNetwork, Seen, image_positions, who_looks_at_whom
from sarvl.models.gpt.rows import padded
from sarvl.models.gpt.script import Script


class _Rows(NamedTuple):
    """N rows of L vectors, before the first step.

    vectors: (N, L, W). positions: (N, L). allowed: (N, L, L). is_there: (N, L). ends: the place of the last token of
    each (N, 1).
    """

    vectors: Tensor
    positions: Tensor
    allowed: Tensor
    is_there: Tensor
    ends: Tensor


class _Part(NamedTuple):
    """A part of all rows, which ends before the place ``end``, and which several of the N rows may have alike.

    rows: one row of each of its K different kinds (K,). owner: which of these each row has (N,).
    """

    end: int
    rows: Tensor
    owner: Tensor


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
        """Take in images and questions, what several of them begin with once; return the logits of the first tokens."""
        row = self._row()
        logits, start, owner = torch.empty(0), 0, torch.zeros(0, dtype=torch.int64)
        self._cache = self._decoder.new_cache()
        for part in self._parts(row.vectors.shape[1]):
            if start:
                self._cache = self._decoder.choose(self._cache, owner[part.rows])
            vectors, positions = (each[part.rows, start : part.end] for each in (row.vectors, row.positions))
            allowed = row.allowed[part.rows, start : part.end, : part.end]
            kept = row.ends[part.rows] - start if part.end == row.vectors.shape[1] else part.rows[:, None][:, :0]
            logits = self._decoder.logits(vectors, positions, allowed, kept, self._cache)
            start, owner = part.end, part.owner
        self._is_there, self._next = row.is_there, row.is_there.sum(dim=1)
        logits = logits[:, 0].float()
        if self._texts_an_image == 1:
            return logits
        rows = torch.arange(self.images, device=self.device).repeat_interleave(self._texts_an_image)
        self._choose(rows)
        return logits[rows]

    def _row(self) -> "_Rows":
        """Return the whole rows: what is seen of the image of each question, and the question behind it."""
        seen, tokens = self._seen.of(self._image_of), padded(self._asked, self._script.padding).to(self.device)
        counts = torch.tensor([len(ids) for ids in self._asked], device=self.device)[:, None]
        places = torch.arange(tokens.shape[1], device=self.device).expand(len(tokens), -1)
        is_asked = places < counts
        texts = self._decoder.embed(tokens).to(seen.vectors.dtype)
        return _Rows(
            torch.cat([seen.vectors, texts], dim=1),
            torch.cat([image_positions(seen.is_there), seen.counts[:, None] + places], dim=1),
            who_looks_at_whom(seen.is_there, torch.where(is_asked, 0, -1)),
            torch.cat([seen.is_there, is_asked], dim=1),
            seen.vectors.shape[1] + counts - 1,
        )

    def _parts(self, length: int) -> list["_Part"]:
        """Return the parts of the rows: before all images, the images, the questions; without those that nobody shares.

        A part that as many rows have as the next is one with it, so that the weights are read once for both.
        """
        image_of = self._image_of.tolist()
        owners = [[0] * len(image_of), image_of, list(range(len(image_of)))]
        ends = [len(self._script.head), self._seen.vectors.shape[1], length]
        counts = [len(set(owner)) for owner in owners]
        kept = [place for place in range(3) if ends[place] and counts[place] != (*counts[1:], None)[place]]
        rows = [[owner.index(number) for number in range(count)] for owner, count in zip(owners, counts, strict=True)]
        return [
            _Part(ends[place], *(torch.tensor(each, device=self.device) for each in (rows[place], owners[place])))
            for place in kept
        ]

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

"""WritingClip: what all CLIPs that also write captions have in common."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from sarvl.imagery import ImageBatches
from sarvl.models.clips.clip import Clip
from sarvl.models.consensus import classes_to_read, surest
from sarvl.models.decoding import Writer, Written, write_texts
from sarvl.models.protocols import Decoding, Generated

_IMAGES_AT_ONCE = 16
_LEAST_AT_ONCE = 4  # however many drafts there are of each


class WritingClip(Clip, ABC):
    """A ``Captioner`` and ``CaptionLearner``, whatever its decoder is: ``Coca`` or ``ClipWithDecoder``."""

    @property
    @abstractmethod
    def writer(self) -> Writer:
        """What writes captions."""

    @abstractmethod
    def image_tokens(self, pixels: Tensor) -> Tensor:
        """Return what the decoder looks at (B, P, W), of bytes (B, C, S, S) of the input contract."""

    @abstractmethod
    def words(self, tokens: Sequence[int]) -> str:
        """Return the text of what the decoder wrote."""

    @property
    def padding(self) -> int:
        """The token id that is no part of a text."""
        return self.writer.padding

    @torch.inference_mode()
    def caption(self, images: ImageBatches, decoding: Decoding | None = None) -> list[Generated]:
        """Return one caption an image; the image is encoded once, and each token computed once.

        decoding: the likeliest token each time where none is given. What is drawn of an image follows from the seed and
        its pixels. Raises ModelError for several drafts where nobody recorded what the model was taught.
        """
        self.network.eval()
        how = decoding or Decoding()
        at_once = max(_IMAGES_AT_ONCE // how.drafts, _LEAST_AT_ONCE)
        generated = []
        for start in range(0, len(images), at_once):
            batch = images.batch(range(start, min(start + at_once, len(images))))
            pixels = torch.from_numpy(batch.tiles).to(self.device)  # (B, C, S, S)
            # By what it shows: its place would change with the files beside it, and with where a killed run goes on.
            keys = [hashlib.sha256(batch[place].tiles.tobytes()).hexdigest() for place in range(len(batch))]
            tokens = self.image_tokens(pixels)
            generated += self._written(tokens, how, keys) if how.drafts == 1 else self._surest(tokens, how, keys)
        return generated

    def _written(self, tokens: Tensor, how: Decoding, keys: Sequence[object]) -> list[Generated]:
        return [self._generated(text) for text in write_texts(self.writer, tokens, how, keys)]

    def _surest(self, tokens: Tensor, how: Decoding, keys: Sequence[object]) -> list[Generated]:
        """Return of several drafts of each image the one that the others bear out."""
        classes, number = classes_to_read(self), how.drafts
        drawn = [(key, draft) for key in keys for draft in range(number)]
        drafts = self._written(tokens.repeat_interleave(number, dim=0), how, drawn)
        return [surest(drafts[start : start + number], how.sure, classes) for start in range(0, len(drafts), number)]

    def _generated(self, text: Written) -> Generated:
        return Generated(" ".join(self.words(text.tokens).split()), text.log_probability)

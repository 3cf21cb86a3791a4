"""WritingClip: what all CLIPs that also write captions have in common."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from sarvl.imagery import ImageBatches
from sarvl.models.clip import Clip
from sarvl.models.decoding import Writer, Written, write_texts
from sarvl.models.protocols import Decoding, Generated

_IMAGES_AT_ONCE = 16


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
        its pixels.
        """
        self.network.eval()
        writer, how = self.writer, decoding or Decoding()
        generated = []
        for start in range(0, len(images), _IMAGES_AT_ONCE):
            batch = images.batch(range(start, min(start + _IMAGES_AT_ONCE, len(images))))
            pixels = torch.from_numpy(batch.tiles).to(self.device)  # (B, C, S, S)
            # By what it shows: its place would change with the files beside it, and with where a killed run goes on.
            keys = [hashlib.sha256(batch[place].tiles.tobytes()).hexdigest() for place in range(len(batch))]
            texts = write_texts(writer, self.image_tokens(pixels), how, keys)
            generated += [self._generated(text) for text in texts]
        return generated

    def _generated(self, text: Written) -> Generated:
        return Generated(" ".join(self.words(text.tokens).split()), text.log_probability)

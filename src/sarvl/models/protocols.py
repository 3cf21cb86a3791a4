"""What a model can do, one runtime-checkable protocol an ability: a task or a command names those that it needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from sarvl.imagery import ImageBatches
from sarvl.text_embedder import TextEmbedder

Features = NDArray[np.float32]
Box = tuple[float, float, float, float]

__all__ = [
    "Answerer",
    "Box",
    "Captioner",
    "Decoding",
    "Embedder",
    "Features",
    "Generated",
    "ImageEmbedder",
    "TextEmbedder",
    "TileEmbedder",
]


@runtime_checkable
class ImageEmbedder(Protocol):
    """Makes one vector an image."""

    def encode_images(self, images: ImageBatches) -> Features:
        """Return unit features of N images, float32 (N, D)."""


@runtime_checkable
class Embedder(ImageEmbedder, TextEmbedder, Protocol):
    """Makes vectors of images and of texts in one space, where their cosine tells how well they fit."""

    @property
    def logit_scale(self) -> float:
        """The factor on cosines before a softmax over texts or images."""


@runtime_checkable
class TileEmbedder(Protocol):
    """Makes one vector a tile, for what asks where in an image something is."""

    def encode_tiles(self, images: ImageBatches) -> Features:
        """Return unit features of all tiles of N images, float32 (sum of T, D), in the order of ``images.batch``."""


@dataclass(frozen=True, slots=True)
class Decoding:
    """How a text is generated.

    most_tokens: where it is cut. beams: how many texts are followed at once; 1 takes the likeliest token each time.
    temperature: above 0, tokens are drawn, from ``seed``, at this temperature.
    """

    most_tokens: int = 77
    beams: int = 1
    temperature: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Generated:
    """A text that a model wrote.

    log_probability: the sum over its tokens, natural logarithm. boxes: (xmin, ymin, xmax, ymax) in pixels of the
    image, of what the text points at.
    """

    text: str
    log_probability: float
    boxes: tuple[Box, ...] = ()


@runtime_checkable
class Captioner(Protocol):
    """Writes a caption of an image."""

    def caption(self, images: ImageBatches, decoding: Decoding) -> list[Generated]:
        """Return one caption an image."""


@runtime_checkable
class Answerer(Protocol):
    """Answers a question about an image."""

    def answer(self, images: ImageBatches, questions: Sequence[str], decoding: Decoding) -> list[Generated]:
        """Return one answer an image; ``questions`` has one question for each."""

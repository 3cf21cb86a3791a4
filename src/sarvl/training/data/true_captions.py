"""TrueCaptions: which captions the annotation of an image bears out, whichever image they were written for."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarvl.annotations import AnnotatedImage
from sarvl.corpus.rows import IMAGES, TEXTS
from sarvl.language import Claim
from sarvl.language.claims.checks import problem_with
from sarvl.language.geometry.layout import Layout, layout_of
from sarvl.training.data.corpora import Corpora
from sarvl.training.data.text_columns import Indices

MOST_KEPT = 2_000_000
"""So many claims that were held to an image are kept, some 200 MB, before all of them are forgotten."""


class TrueCaptions:
    """What is true of the images of some corpora, by their rows; claims once held to an image are remembered."""

    def __init__(self, corpora: Corpora) -> None:
        self._corpora = corpora
        self._images: dict[int, _KnownImage] = {}
        self._claims: dict[int, Sequence[tuple[Any, Claim]]] = {}

    def of(self, images: Indices, texts: Indices) -> NDArray[np.bool_]:
        """Return whether the annotations of images (N,) bear out all claims of texts (M,): (N, M) bool.

        A text without claims, such as people wrote, is borne out by none.
        """
        if sum(len(image.known) for image in self._images.values()) > MOST_KEPT:
            self._images.clear()
        claims = [self._claims_of(int(row)) for row in texts]
        seen = (self._image(int(row)) for row in images)
        return np.array([[bool(each) and all(map(image.bears_out, each)) for each in claims] for image in seen])

    def _image(self, row: int) -> "_KnownImage":
        if row not in self._images:
            (image,) = IMAGES.items(self._corpora.images.slice(row, 1))
            self._images[row] = _KnownImage(image.annotation)
        return self._images[row]

    def _claims_of(self, row: int) -> Sequence[tuple[Any, Claim]]:
        if row not in self._claims:
            (text,) = TEXTS.items(self._corpora.texts.slice(row, 1))
            self._claims[row] = [(claim.meaning(), claim) for claim in text.statement.claims]
        return self._claims[row]


class _KnownImage:
    """An image with the claims that were held to it so far, by their meaning."""

    def __init__(self, annotation: AnnotatedImage) -> None:
        self._annotation = annotation
        self._layout: Layout = layout_of(annotation)
        self.known: dict[Any, bool] = {}

    def bears_out(self, named: tuple[Any, Claim]) -> bool:
        """Return whether the annotation bears a claim out, given with its meaning, on whatever objects do so."""
        meaning, claim = named
        if meaning not in self.known:
            resting = claim.resting_on(claim.evidence(self._annotation, self._layout))
            self.known[meaning] = not problem_with(resting, self._annotation, self._layout)
        return self.known[meaning]

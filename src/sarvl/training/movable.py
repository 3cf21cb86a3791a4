"""Which texts stay true whatever geometric change their image goes through, as their claims tell."""

import numpy as np
from numpy.typing import NDArray

from sarvl.corpus import Corpus
from sarvl.language.claims.geometric_changes import EVERY_CHANGE, changes_kept_by_json
from sarvl.training.image_texts import Indices, numbered


def movable_texts(corpus: Corpus, texts: Indices) -> NDArray[np.bool_]:
    """Return for each row of the texts table whether it is one of ``texts`` and outlives every change: (T,) bool."""
    number, claims = numbered(corpus.texts["claims"])
    label_of_image, labels = numbered(corpus.images["label"].fill_null(""))
    said = number[texts] * len(labels) + label_of_image[corpus.image_of_text[texts]]  # claims beside the image's label
    distinct, index_of = np.unique(said, return_inverse=True)
    outlives = [
        changes_kept_by_json(claims[int(pair) // len(labels)].as_py(), labels[int(pair) % len(labels)].as_py() or None)
        == EVERY_CHANGE
        for pair in distinct
    ]
    movable = np.zeros(len(corpus.texts), np.bool_)
    movable[texts] = np.array(outlives, np.bool_)[index_of]
    return movable

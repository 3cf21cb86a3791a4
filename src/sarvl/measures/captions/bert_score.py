"""BERTScore: each token of a caption is held against the most similar one of a reference, and the other way round."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class TokenVectors(NamedTuple):
    """A text as a model sees it. vectors: of T tokens, unit length, float32 ``(T, D)``.

    counts: which are tokens of the text ``(T,)``, not such that the model adds around it.
    """

    vectors: NDArray[np.float32]
    counts: NDArray[np.bool_]


def bert_score(caption: TokenVectors, references: Sequence[TokenVectors]) -> NDArray[np.float64]:
    """Return precision, recall and F1 ``(3,)``, each the best over the references, as the authors' code does it."""
    matched = np.stack([greedy_matching(caption, reference) for reference in references])
    best: NDArray[np.float64] = matched.max(axis=0)
    return best


def greedy_matching(caption: TokenVectors, reference: TokenVectors) -> NDArray[np.float64]:
    """Return precision, recall and F1 ``(3,)`` from -1 to 1; zeros where a text has no token.

    Precision is the mean over the caption's tokens of the largest cosine with a token of the reference, recall the same
    over the reference's, F1 their harmonic mean, without idf. As in the authors' code, tokens that the model adds may
    be what another one is most similar to, but are not averaged over.
    Source: Zhang et al., BERTScore, ICLR 2020.
    """
    if not caption.counts.any() or not reference.counts.any():
        return np.zeros(3)
    cosines = caption.vectors.astype(np.float64) @ reference.vectors.astype(np.float64).T  # (T, U)
    precision = cosines.max(axis=1)[caption.counts].mean()
    recall = cosines.max(axis=0)[reference.counts].mean()
    both = precision + recall
    return np.array([precision, recall, 2 * precision * recall / both if both else 0.0])

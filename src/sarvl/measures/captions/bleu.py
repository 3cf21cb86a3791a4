"""BLEU-1 to BLEU-4, as coco-caption computes them."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sarvl.measures.captions.ngrams import LONGEST, CaptionWords, NgramCounts
from sarvl.measures.captions.referenced import ReferencedCaptions

_SMALL, _TINY = 1e-9, 1e-15  # what coco-caption adds below and above the line


def bleu_terms(scored: ReferencedCaptions) -> NDArray[np.float64]:
    """Return what BLEU is made of, one row a caption ``(N, 10)``; rows may be added up before ``bleu_of_terms``.

    Columns: words of the caption, words of the reference nearest in length (the shorter of two equally near), then for
    n from 1 to 4 its n-grams that a reference holds (clipped to the most in one reference), then its n-grams.
    """
    words = CaptionWords.of(scored)
    lengths = words.lengths[words.captions]
    correct = np.column_stack([_clipped(counts, scored.counts) for counts in words.ngrams()])  # (N, 4)
    ngrams = np.clip(lengths[:, None] - np.arange(LONGEST), 0, None)
    nearest = _nearest_lengths(lengths, words.lengths[words.references], scored.counts)
    return np.column_stack((lengths, nearest, correct, ngrams)).astype(np.float64)


def bleu_of_terms(totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return BLEU-1 to BLEU-4 ``(..., 4)`` of (sums of) terms ``(..., 10)``.

    Sources: Papineni et al., BLEU, ACL 2002; the small numbers against division by zero, and the nearest length of a
    reference, as in coco-caption (Chen et al., Microsoft COCO Captions, 2015).
    """
    words, nearest = totals[..., :1], totals[..., 1:2]
    correct, ngrams = totals[..., 2 : 2 + LONGEST], totals[..., 2 + LONGEST :]
    precisions = np.cumprod((correct + _TINY) / (ngrams + _SMALL), axis=-1)
    ratio = (words + _TINY) / (nearest + _SMALL)
    with np.errstate(over="ignore"):
        brevity = np.where(ratio < 1, np.exp(1 - 1 / ratio), 1.0)
    return np.asarray(precisions ** (1 / np.arange(1, LONGEST + 1)) * brevity)


def _clipped(counts: NgramCounts, references: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how many n-grams of each caption a reference holds too, ``(N,)``."""
    starts = np.cumsum(references) - references
    most = csr_array(counts.captions.shape)
    for place in range(references.max()):
        has = (references > place).nonzero()[0]
        rows = csr_array((np.ones(len(has)), (has, starts[has] + place)), (len(references), counts.references.shape[0]))
        most = most.maximum(rows @ counts.references)
    return np.asarray(counts.captions.minimum(most).sum(axis=1), np.float64)


def _nearest_lengths(
    captions: NDArray[np.int64], references: NDArray[np.int64], counts: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the length of the reference that is nearest to each caption's in length; of two the shorter, ``(N,)``."""
    apart = np.abs(references - np.repeat(captions, counts))
    order = np.lexsort((references, apart, np.repeat(np.arange(len(captions)), counts)))
    return np.asarray(references[order][np.cumsum(counts) - counts])

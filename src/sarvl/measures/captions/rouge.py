"""ROUGE-L, as coco-caption computes it: the longest common subsequence with the references."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sarvl.measures.captions.referenced import ReferencedCaptions

BETA = 1.2


def rouge_l(scored: ReferencedCaptions) -> NDArray[np.float64]:
    """Return ROUGE-L of each caption ``(N,)``; the figure of a set is their mean.

    Precision and recall are each the best over the references, as in coco-caption, where beta is 1.2.
    Source: Lin, ROUGE, 2004.
    """
    best = [_best_shares(text, own) for text, own in zip(scored.captions, scored.references, strict=True)]
    precision, recall = np.array(best, np.float64).T
    above = (1 + BETA**2) * precision * recall
    return np.asarray(above / np.where(above > 0, recall + BETA**2 * precision, 1))


def _best_shares(caption: str, references: Sequence[str]) -> tuple[float, float]:
    """Return the largest share of the caption, and of a reference, that is a common subsequence of the two."""
    words = caption.split(" ")
    masks: dict[str, int] = {}
    for place, word in enumerate(words):
        masks[word] = masks.get(word, 0) | 1 << place
    precision = recall = 0.0
    for reference in dict.fromkeys(references):
        other = reference.split(" ")
        common = _common_length(masks, other, len(words))
        precision, recall = max(precision, common / len(words)), max(recall, common / len(other))
    return precision, recall


def _common_length(masks: dict[str, int], words: list[str], length: int) -> int:
    """Return the length of the longest common subsequence.

    masks: for each word of the other sentence, of ``length`` words, the places where it stands, as bits.
    All places of a row of the usual table are one number. Source: Hyyrö, Bit-Parallel LCS-length Computation, 2004.
    """
    row = everywhere = (1 << length) - 1
    for word in words:
        if mask := masks.get(word):
            matched = row & mask
            row = row + matched | row - matched
    return length - (row & everywhere).bit_count()

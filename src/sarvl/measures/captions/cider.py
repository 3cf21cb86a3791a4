"""CIDEr and CIDEr-D: how alike the weighted n-grams of a caption and of its references are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sarvl.measures.captions.ngrams import LONGEST, CaptionWords, NgramCounts
from sarvl.measures.captions.referenced import ReferencedCaptions

SIGMA = 6.0
MOST = 10.0


@dataclass(frozen=True)
class CiderScores:
    """CIDEr of each caption, ``(N,)`` from 0 to 10; the figure of a set is their mean.

    clipped: CIDEr-D, which is what coco-caption and pycocoevalcap print as CIDEr: an n-gram counts no more often than
    the reference has it, and another length than the reference's costs (sigma 6, in bigrams).
    plain: the cosine alone.
    """

    clipped: NDArray[np.float64]
    plain: NDArray[np.float64]


def cider(scored: ReferencedCaptions) -> CiderScores:
    """Return both forms; the weight of an n-gram is log(N / images whose references hold it), over what is scored.

    Sources: Vedantam et al., CIDEr, CVPR 2015; where it leaves a choice, its authors' code (vrama91/cider, ``ciderD``
    and ``cider``): counts are not divided by the length, words are not stemmed, and the mean over n is times 10.
    """
    image = np.repeat(np.arange(len(scored)), scored.counts)  # (R,)
    clipped, plain = np.zeros(len(image)), np.zeros(len(image))
    lengths = np.zeros(len(image))
    for n, counts in enumerate(CaptionWords.of(scored).ngrams(), start=1):
        if n == 2:
            lengths = np.asarray(counts.captions.sum(axis=1)[image] - counts.references.sum(axis=1))
        both = _similarities(counts, image)
        clipped += both[0]
        plain += both[1]
    clipped *= np.exp(-np.square(lengths) / (2 * SIGMA**2))
    means = [np.bincount(image, pairs) / scored.counts * MOST / LONGEST for pairs in (clipped, plain)]
    return CiderScores(*means)


def _similarities(counts: NgramCounts, image: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the clipped and the plain cosine of each reference ``(R,)`` with its caption."""
    weights = _weights(counts.references, image, counts.captions.shape[0])
    captions, references = _weighted(counts.captions, weights), _weighted(counts.references, weights)
    norms = _norms(captions)[image] * _norms(references)
    own = captions[image]  # (R, G)
    products = own.minimum(references).multiply(references), own.multiply(references)
    sums = [np.asarray(product.sum(axis=1), np.float64) for product in products]
    clipped, plain = (np.divide(part, norms, out=part, where=norms > 0) for part in sums)
    return clipped, plain


def _weights(references: csr_array, image: NDArray[np.int64], images: int) -> NDArray[np.float64]:
    """Return the weight of each n-gram: the log of the images, less that of those whose references hold it."""
    ngrams = references.shape[1]
    pairs = csr_array((references.data, (image[references.tocoo().row], references.indices)), (images, ngrams))
    pairs.sum_duplicates()
    holding = np.bincount(pairs.indices, minlength=ngrams)
    return np.asarray(np.log(float(images)) - np.log(np.maximum(holding, 1.0)))


def _weighted(counts: csr_array, weights: NDArray[np.float64]) -> csr_array:
    return csr_array((counts.data * weights[counts.indices], counts.indices, counts.indptr), counts.shape)


def _norms(weighted: csr_array) -> NDArray[np.float64]:
    return np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1), np.float64))

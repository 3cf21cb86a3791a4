"""Graded retrieval: nDCG, where a candidate is as relevant as its share of what the caption claims."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sarvl.measures.features import distinct_rows, unit_features

GRADED_DEPTH = 10
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GradedQueries:
    """One direction. ndcg, chance: ``(Q,)``, the nDCG of each query and that of a random order of the candidates.

    NaN where nothing is known of the query, which counts for nothing then.
    """

    ndcg: Floats
    chance: Floats


@dataclass(frozen=True, slots=True)
class Claimed:
    """Which claims captions and images make. of_text: ``(T, K)`` and of_image: ``(N, K)``, 1 or 0, as sparse rows.

    An image claims all that its captions claim.
    """

    of_text: csr_array
    of_image: csr_array

    @classmethod
    def of(
        cls, claims: list[frozenset[str]], text_of_pair: NDArray[np.int64], image_of_pair: NDArray[np.int64]
    ) -> "Claimed":
        """Collect the claims of T distinct captions, and those of the images that carry them."""
        index_of = {claim: index for index, claim in enumerate(sorted(set().union(*claims)))}
        texts = np.repeat(np.arange(len(claims)), [len(own) for own in claims])
        columns = np.array([index_of[claim] for own in claims for claim in sorted(own)], np.int64)
        shape = (len(claims), max(len(index_of), 1))
        of_text = csr_array((np.ones(len(columns)), (texts, columns)), shape=shape)
        images = int(image_of_pair.max()) + 1
        links = csr_array((np.ones(len(text_of_pair)), (image_of_pair, text_of_pair)), shape=(images, shape[0]))
        return cls(of_text, ((links @ of_text) > 0).astype(np.float64))

    def relevance(self, texts: slice) -> Floats:
        """Return ``(t, N)``: the share of the claims of each caption that each image claims as well."""
        rows = self.of_text[texts]
        sizes = np.maximum(rows.sum(axis=1), 1)
        return np.asarray((rows @ self.of_image.T).toarray() / sizes[:, None])

    def relevance_of_texts(self, images: slice) -> Floats:
        """Return ``(n, T)``: the same from the side of the images."""
        sizes = np.maximum(self.of_text.sum(axis=1), 1)
        return np.asarray((self.of_image[images] @ self.of_text.T).toarray() / sizes[None])


def graded_retrieval(
    image_features: NDArray[np.float32],
    text_features: NDArray[np.float32],
    claimed: Claimed,
    *,
    k: int = GRADED_DEPTH,
    chunk: int = 256,
) -> tuple[GradedQueries, GradedQueries]:
    """Return nDCG at k of T distinct captions against N images, and of the images against the captions.

    image_features: ``(N, D)`` and text_features: ``(T, D)``, unit rows.
    The gain of an image for a caption is the share of the caption's claims that it shares; that of a caption for an
    image is the same number. Captions without a claim, and images whose captions have none, are left out: nothing says
    how relevant they are. Equal scores are ordered against the model. Scores are made ``chunk`` queries at a time.
    Source of the measure: Järvelin and Kekäläinen, Cumulated Gain-Based Evaluation of IR Techniques, TOIS 20(4), 2002.
    """
    images, texts = unit_features(image_features, "image features"), unit_features(text_features, "text features")
    has_claims = np.asarray(claimed.of_text.sum(axis=1) > 0), np.asarray(claimed.of_image.sum(axis=1) > 0)
    by_text, by_image = _empty(len(texts)), _empty(len(images))
    for queries, candidates, kept, relevance, graded in (
        (texts, images, has_claims, claimed.relevance, by_text),
        (images, texts, has_claims[::-1], claimed.relevance_of_texts, by_image),
    ):
        distinct, index = distinct_rows(candidates)
        for start in range(0, len(queries), chunk):
            part = slice(start, start + chunk)
            scores = (queries[part] @ distinct.T)[:, index][:, kept[1]]
            gains = relevance(part)[:, kept[1]]
            known = kept[0][part]
            graded.ndcg[part][known], graded.chance[part][known] = _ndcg(scores[known], gains[known], k)
    return by_text, by_image


def _empty(count: int) -> GradedQueries:
    return GradedQueries(np.full(count, np.nan), np.full(count, np.nan))


def _ndcg(scores: NDArray[np.float32], gains: Floats, k: int) -> tuple[Floats, Floats]:
    """Return the nDCG at k of each row, and what a random order would give; scores and gains: ``(q, n)``."""
    if not len(scores):
        return np.empty(0), np.empty(0)
    depth = min(k, scores.shape[1])
    discounts = 1 / np.log2(np.arange(2, depth + 2))
    ideal = -np.sort(np.partition(-gains, depth - 1, axis=1)[:, :depth], axis=1) @ discounts
    reached = _gains_in_order(scores, gains, depth) @ discounts
    return reached / ideal, gains.mean(axis=1) * discounts.sum() / ideal


def _gains_in_order(scores: NDArray[np.float32], gains: Floats, depth: int) -> Floats:
    """Return ``(q, depth)``: the gains of the best candidates; of equal scores the least relevant stands first."""
    rows = np.arange(len(scores))[:, None]
    best = np.argpartition(-scores, depth - 1, axis=1)[:, :depth]
    order = np.lexsort((gains[rows, best], -scores[rows, best]))
    sorted_gains = gains[rows, best[rows, order]]
    last = scores[rows, best].min(axis=1)
    cut = np.flatnonzero(np.count_nonzero(scores >= last[:, None], axis=1) > depth)  # a tie goes past the depth
    for row in cut.tolist():
        order = np.lexsort((gains[row], -scores[row]))[:depth]
        sorted_gains[row] = gains[row, order]
    return np.asarray(sorted_gains)

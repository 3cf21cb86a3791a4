"""Image-text retrieval: recall at k in both directions, strict (own pair only) and grouped (equal captions count).

What is ranked, with N images, P caption rows and D distinct captions:

========================  ===========  ================  ==========================================
measure                   queries      candidates        right answers
========================  ===========  ================  ==========================================
strict text to image      P rows       N images          the row's own image
grouped text to image     P rows       N images          every image that carries an equal caption
strict image to text      N images     P rows            the image's own rows
grouped image to text     N images     D captions        every caption that the image carries
========================  ===========  ================  ==========================================

The rank of a query is 1 + the number of wrong candidates that score at least as much as the best right one: ties count
against the model, so the figures do not depend on the order of the data. An equal caption of another image always ties,
so strict image to text punishes it; that is what the grouped measure mends. No query does worse grouped than strict.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarvl.errors import EvaluationError
from sarvl.measures.features import unit_features
from sarvl.measures.measure import Measure

RETRIEVAL_PROTOCOL = "retrieval-1"
RECALL_DEPTHS = (1, 5, 10)

Indices = NDArray[np.int64]
Recalls = dict[int, float]


@dataclass(frozen=True, slots=True)
class RankedQueries:
    """One direction of one protocol.

    ranks: ``(Q,)`` from 1, of each query's best right answer. image_of_query: ``(Q,)``, for resampling by image.
    chance: recall at k of a random order of the candidates, exact. ceiling: the most that any model can reach.
    """

    ranks: Indices
    image_of_query: Indices
    chance: Recalls
    ceiling: Recalls

    def hits(self, k: int) -> NDArray[np.float64]:
        """Return ``(Q,)``: 1 where a right answer is among the first k, else 0."""
        return (self.ranks <= k).astype(np.float64)

    def recall(self, k: int) -> float:
        """Return recall at k as a share of the queries."""
        return float(self.hits(k).mean())


@dataclass(frozen=True, slots=True)
class RetrievalProtocol:
    """Both directions under one rule of what is right."""

    text_to_image: RankedQueries
    image_to_text: RankedQueries

    def mean_recall(self, ks: Sequence[int] = RECALL_DEPTHS) -> float:
        """Return the mean over both directions and ``ks``."""
        return float(np.mean([side.recall(k) for side in (self.text_to_image, self.image_to_text) for k in ks]))


@dataclass(frozen=True, slots=True)
class RetrievalResult:
    """Ranks under both protocols, with the sizes that they must be read with."""

    images: int
    caption_rows: int
    distinct_captions: int
    ks: tuple[int, ...]
    strict: RetrievalProtocol
    grouped: RetrievalProtocol

    def measures(self) -> list[Measure]:
        """Return every figure: ``<protocol>_<direction>_R@<k>``, ``<protocol>_mean_recall``, ``distinct_captions``."""
        found = []
        for name, protocol in (("strict", self.strict), ("grouped", self.grouped)):
            sides = {"text_to_image": protocol.text_to_image, "image_to_text": protocol.image_to_text}
            for direction, side in sides.items():
                for k in self.ks:
                    terms = self._terms(side, (k,))
                    label = f"{name}_{direction}_R@{k}"
                    found.append(
                        Measure.of(label, terms, len(side.ranks), chance=side.chance[k], ceiling=side.ceiling[k])
                    )
            found.append(self._mean_recall(name, protocol))
        found.append(Measure("distinct_captions", self.distinct_captions, self.caption_rows))
        return found

    def _mean_recall(self, name: str, protocol: RetrievalProtocol) -> Measure:
        sides = (protocol.text_to_image, protocol.image_to_text)
        terms = np.hstack([self._terms(side, self.ks) for side in sides])  # (N, 4)
        chance = float(np.mean([side.chance[k] for side in sides for k in self.ks]))
        ceiling = float(np.mean([side.ceiling[k] for side in sides for k in self.ks]))
        return Measure.of(
            f"{name}_mean_recall", terms, sum(len(side.ranks) for side in sides), chance=chance, ceiling=ceiling
        )

    def _terms(self, side: RankedQueries, ks: Sequence[int]) -> NDArray[np.float64]:
        """Return ``(N, 2)``: an image's sum of hits (mean over ks), and its number of queries."""
        hits = np.mean([side.hits(k) for k in ks], axis=0)
        sums = np.bincount(side.image_of_query, hits, minlength=self.images)
        return np.column_stack((sums, np.bincount(side.image_of_query, minlength=self.images)))


def retrieval(
    image_features: ArrayLike,
    text_features: ArrayLike,
    text_of_pair: ArrayLike,
    image_of_pair: ArrayLike,
    *,
    ks: Sequence[int] = RECALL_DEPTHS,
    chunk: int = 256,
) -> RetrievalResult:
    """Rank every caption row against the images and every image against the captions.

    image_features: ``(N, D)`` and text_features: ``(T, D)``, unit rows, one row a **distinct** caption.
    text_of_pair, image_of_pair: ``(P,)`` indices: which caption each row holds, and which image it belongs to.
    The score is the cosine in float32. Scores are made ``chunk`` queries at a time, so that memory is bounded by
    ``chunk * max(N, T)`` and no row is sorted.
    Raises EvaluationError for features that are not unit rows, indices out of range, an image without a caption, or a
    caption without an image.
    """
    images, texts = unit_features(image_features, "image features"), unit_features(text_features, "text features")
    if images.shape[1] != texts.shape[1]:
        raise EvaluationError(
            f"retrieval: image features are {images.shape[1]} wide but text features {texts.shape[1]}; use one model"
        )
    text, image = _checked_pairs(text_of_pair, image_of_pair, len(texts), len(images))
    by_text = _LinkedPairs.of(text, image)
    by_image = _LinkedPairs.of(image, text)
    strict_text, grouped_text = _text_to_image_ranks(images, texts, by_text, chunk)
    strict_image, grouped_image = _image_to_text_ranks(images, texts, by_image, np.bincount(text), chunk)
    right_images, right_captions = by_text.links_of_query()[text], by_image.links_of_query()
    order, no_limit = np.arange(len(images)), dict.fromkeys(ks, 1.0)
    strict_rows = strict_text[by_text.link_of_pair]
    return RetrievalResult(
        images=len(images),
        caption_rows=len(text),
        distinct_captions=len(texts),
        ks=tuple(ks),
        strict=RetrievalProtocol(
            _ranked(strict_rows, image, len(images), np.ones_like(text), _strict_text_ceiling(by_text, ks)),
            _ranked(strict_image, order, len(text), np.bincount(image), _strict_image_ceiling(by_image, text, ks)),
        ),
        grouped=RetrievalProtocol(
            _ranked(grouped_text[text], image, len(images), right_images, no_limit),
            _ranked(grouped_image, order, len(texts), right_captions, no_limit),
        ),
    )


def chance_recall(candidates: int, right: Indices, k: int) -> float:
    """Return the expected recall at k of a random order: the mean over queries of 1 - C(n-m, k) / C(n, k).

    right: ``(Q,)``, the number m of right answers of each query among the n ``candidates``.
    """
    drawn = np.arange(min(k, candidates))
    missed = (candidates - right[:, None] - drawn) / (candidates - drawn)  # (Q, k): the next draw is wrong too
    return float(np.mean(1 - np.prod(np.clip(missed, 0, None), axis=1)))


def _ranked(
    ranks: Indices, image_of_query: Indices, candidates: int, right: Indices, ceiling: Recalls
) -> RankedQueries:
    """Put ranks beside the chance level of ``right`` ``(Q,)`` right answers among the candidates."""
    return RankedQueries(ranks, image_of_query, {k: chance_recall(candidates, right, k) for k in ceiling}, ceiling)


@dataclass(frozen=True, slots=True)
class _LinkedPairs:
    """The distinct (query, candidate) links behind the caption rows, sorted by query, each query at least once.

    query, candidate, rows: ``(U,)``; rows counts the caption rows that say the same link (a caption can be given twice
    to one image). starts: ``(Q,)``, where each query's links begin. link_of_pair: ``(P,)``.
    """

    query: Indices
    candidate: Indices
    rows: Indices
    starts: Indices
    link_of_pair: Indices

    @classmethod
    def of(cls, query: Indices, candidate: Indices) -> "_LinkedPairs":
        width = int(candidate.max()) + 1
        keys, link_of_pair, rows = np.unique(query * width + candidate, return_inverse=True, return_counts=True)
        distinct_query = keys // width
        starts = np.searchsorted(distinct_query, np.arange(distinct_query[-1] + 1))
        return cls(distinct_query, keys % width, rows, starts, link_of_pair)

    def links_of_query(self) -> Indices:
        """Return ``(Q,)``: the number of distinct candidates that are right for each query."""
        return np.bincount(self.query)


def _text_to_image_ranks(
    images: NDArray[np.float32], texts: NDArray[np.float32], links: _LinkedPairs, chunk: int
) -> tuple[Indices, Indices]:
    """Return the strict rank of each link ``(U,)`` and the grouped rank of each caption ``(T,)``."""
    strict = np.empty(len(links.query), np.int64)
    for start in range(0, len(texts), chunk):
        scores = texts[start : start + chunk] @ images.T  # (c, N)
        first, last = np.searchsorted(links.query, (start, start + chunk))
        for low in range(first, last, chunk):  # a caption may have more links than a chunk
            block = slice(low, min(low + chunk, last))
            rows = scores[links.query[block] - start]  # (c, N)
            own = np.take_along_axis(rows, links.candidate[block, None], axis=1)
            strict[block] = np.count_nonzero(rows >= own, axis=1)
    best = np.minimum.reduceat(strict, links.starts)
    # Of the images at or above the best right one, those are right that have the same count, thus the same score.
    right_at_best = np.add.reduceat(strict == best[links.query], links.starts, dtype=np.int64)
    return strict, 1 + best - right_at_best


def _image_to_text_ranks(
    images: NDArray[np.float32], texts: NDArray[np.float32], links: _LinkedPairs, rows_of_text: Indices, chunk: int
) -> tuple[Indices, Indices]:
    """Return the strict and the grouped rank of each image, both ``(N,)``."""
    strict, grouped = np.empty(len(images), np.int64), np.empty(len(images), np.int64)
    rows_as_float = rows_of_text.astype(np.float64)  # a float product runs in BLAS; whole numbers stay exact
    for start in range(0, len(images), chunk):
        queries = slice(start, start + chunk)
        scores = images[queries] @ texts.T  # (c, T)
        first, last = np.searchsorted(links.query, (start, start + chunk))
        row, starts = links.query[first:last] - start, links.starts[queries] - first
        own = scores[row, links.candidate[first:last]]
        best = np.maximum.reduceat(own, starts)
        right_at_best = own == best[row]
        at_least = scores >= best[:, None]  # (c, T)
        grouped[queries] = (
            1 + np.count_nonzero(at_least, axis=1) - np.add.reduceat(right_at_best, starts, dtype=np.int64)
        )
        own_rows = np.add.reduceat(right_at_best * links.rows[first:last], starts)
        strict[queries] = 1 + (at_least @ rows_as_float).astype(np.int64) - own_rows
    return strict, grouped


def _strict_text_ceiling(links: _LinkedPairs, ks: Sequence[int]) -> Recalls:
    """Return the share of rows that can be found at best: k images of those that carry the row's caption."""
    order = np.lexsort((-links.rows, links.query))
    place = np.arange(len(order)) - links.starts[links.query]  # within the caption, most rows first
    return {k: float(links.rows[order][place < k].sum() / links.rows.sum()) for k in ks}


def _strict_image_ceiling(links: _LinkedPairs, text_of_pair: Indices, ks: Sequence[int]) -> Recalls:
    """Return the share of images with a caption that fewer than k rows of other images tie with."""
    rows_elsewhere = np.bincount(text_of_pair)[links.candidate] - links.rows
    fewest = np.minimum.reduceat(rows_elsewhere, links.starts)
    return {k: float(np.mean(fewest < k)) for k in ks}


def _checked_pairs(
    text_of_pair: ArrayLike, image_of_pair: ArrayLike, texts: int, images: int
) -> tuple[Indices, Indices]:
    """Return both index arrays as int64, or say what is wrong with them."""
    checked = []
    for name, values, size in (("caption", text_of_pair, texts), ("image", image_of_pair, images)):
        index = np.asarray(values, dtype=np.int64)
        if index.ndim != 1 or len(index) == 0 or index.min() < 0 or index.max() >= size:
            raise EvaluationError(f"retrieval: {name} indices of the pairs must be (P,) numbers from 0 to {size - 1}")
        unused = np.flatnonzero(np.bincount(index, minlength=size) == 0)
        if len(unused):
            raise EvaluationError(
                f"retrieval: {len(unused)} {name}s are in no pair (first: {unused[0]}); leave them out"
            )
        checked.append(index)
    if len(checked[0]) != len(checked[1]):
        raise EvaluationError(f"retrieval: {len(checked[0])} caption indices but {len(checked[1])} image indices")
    return checked[0], checked[1]

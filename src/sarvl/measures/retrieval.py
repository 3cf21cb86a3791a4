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

from sarvl.measures.chance import chance_recall, strict_image_chance
from sarvl.measures.links import Indices, LinkedPairs
from sarvl.measures.measure import Measure
from sarvl.measures.ranks import PairRanks, rank_pairs

RECALL_DEPTHS = (1, 5, 10)

Recalls = dict[int, float]


@dataclass(frozen=True, slots=True)
class RankedQueries:
    """One direction of one protocol.

    ranks: ``(Q,)`` from 1, of each query's best right answer. image_of_query: ``(Q,)``.
    chance: recall at k of a random order of the candidates, exact, with ties counted as in the ranks.
    ceiling: the most that any model can reach.
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

    def measures(self, groups: ArrayLike | None = None) -> list[Measure]:
        """Return every figure: ``<protocol>_<direction>_R@<k>``, ``<protocol>_mean_recall``, ``distinct_captions``.

        groups: ``(N,)`` labels, one an image, such as its scene: images of one are not independent.
        """
        made = []
        for name, protocol in (("strict", self.strict), ("grouped", self.grouped)):
            sides = {"text_to_image": protocol.text_to_image, "image_to_text": protocol.image_to_text}
            for direction, side in sides.items():
                for k in self.ks:
                    terms = self._terms(side, (k,))
                    label = f"{name}_{direction}_R@{k}"
                    chance, ceiling = side.chance[k], side.ceiling[k]
                    queries = len(side.ranks)
                    made.append(Measure.of(label, terms, queries, chance=chance, ceiling=ceiling, groups=groups))
            made.append(self._mean_recall(name, protocol, groups))
        made.append(Measure("distinct_captions", self.distinct_captions, self.caption_rows))
        return made

    def _mean_recall(self, name: str, protocol: RetrievalProtocol, groups: ArrayLike | None) -> Measure:
        sides = (protocol.text_to_image, protocol.image_to_text)
        terms = np.hstack([self._terms(side, self.ks) for side in sides])  # (N, 4)
        chance = float(np.mean([side.chance[k] for side in sides for k in self.ks]))
        ceiling = float(np.mean([side.ceiling[k] for side in sides for k in self.ks]))
        queries = sum(len(side.ranks) for side in sides)
        return Measure.of(f"{name}_mean_recall", terms, queries, chance=chance, ceiling=ceiling, groups=groups)

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
    chunk: int = 384,
) -> RetrievalResult:
    """Rank features as ``rank_pairs`` does, and put the ranks beside their chance levels and ceilings."""
    ranks = rank_pairs(image_features, text_features, text_of_pair, image_of_pair, chunk=chunk)
    return retrieval_of_ranks(ranks, text_of_pair, image_of_pair, ks=ks)


def retrieval_of_ranks(
    ranks: PairRanks, text_of_pair: ArrayLike, image_of_pair: ArrayLike, *, ks: Sequence[int] = RECALL_DEPTHS
) -> RetrievalResult:
    """Put ranks beside the chance levels and ceilings that their pairs have; indices as for ``rank_pairs``."""
    text, image = np.asarray(text_of_pair, np.int64), np.asarray(image_of_pair, np.int64)
    images, texts = len(ranks.strict_image), int(text.max()) + 1
    by_text, by_image = LinkedPairs.of(text, image), LinkedPairs.of(image, text)
    right_images, right_captions = by_text.links_of_query()[text], by_image.links_of_query()
    order, no_limit = np.arange(images), dict.fromkeys(ks, 1.0)
    return RetrievalResult(
        images=images,
        caption_rows=len(text),
        distinct_captions=texts,
        ks=tuple(ks),
        strict=RetrievalProtocol(
            _ranked(ranks.strict_text, image, images, np.ones_like(text), _strict_text_ceiling(by_text, ks)),
            RankedQueries(
                ranks.strict_image,
                order,
                {k: strict_image_chance(by_image, text, k) for k in ks},
                _strict_image_ceiling(by_image, text, ks),
            ),
        ),
        grouped=RetrievalProtocol(
            _ranked(ranks.grouped_text, image, images, right_images, no_limit),
            _ranked(ranks.grouped_image, order, texts, right_captions, no_limit),
        ),
    )


def _ranked(
    ranks: Indices, image_of_query: Indices, candidates: int, right: Indices, ceiling: Recalls
) -> RankedQueries:
    """Put ranks beside the chance level of ``right`` ``(Q,)`` right answers among the candidates."""
    return RankedQueries(ranks, image_of_query, {k: chance_recall(candidates, right, k) for k in ceiling}, ceiling)


def _strict_text_ceiling(links: LinkedPairs, ks: Sequence[int]) -> Recalls:
    """Return the share of rows that can be found at best: k images of those that carry the row's caption."""
    order = np.lexsort((-links.rows, links.query))
    place = np.arange(len(order)) - links.starts[links.query]  # within the caption, most rows first
    return {k: float(links.rows[order][place < k].sum() / links.rows.sum()) for k in ks}


def _strict_image_ceiling(links: LinkedPairs, text_of_pair: Indices, ks: Sequence[int]) -> Recalls:
    """Return the share of images with a caption that fewer than k rows of other images tie with."""
    rows_elsewhere = np.bincount(text_of_pair)[links.candidate] - links.rows
    fewest = np.minimum.reduceat(rows_elsewhere, links.starts)
    return {k: float(np.mean(fewest < k)) for k in ks}

"""Ranks of image-text retrieval: every caption row against the images, and every image against the captions.

The rank of a query is 1 + the number of wrong candidates that score at least as much as the best right one: ties count
against the model, so the ranks do not depend on the order of the data.

Each score serves both directions. Those of the right answers are made first, so that all can then be counted tile by
tile, as they are made.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarvl.errors import EvaluationError
from sarvl.measures.features import unit_features
from sarvl.measures.links import Indices, LinkedPairs, checked_pairs
from sarvl.measures.score_tiles import Lines, Scores, ScoreTiles
from sarvl.measures.tallies import Counts, Tops


class First(NamedTuple):
    """The candidate that stands first for each of Q queries ``(Q,)``, and its score ``(Q,)``.

    A right one stands first only where its grouped rank is 1: where a wrong one scores as much, that one does.
    """

    candidate: Indices
    score: Scores


@dataclass(frozen=True, slots=True)
class PairRanks:
    """Ranks from 1 of the best right answers, of P caption rows and N images.

    strict_text, grouped_text: ``(P,)``, caption rows against images. strict_image, grouped_image: ``(N,)``, images
    against captions.
    """

    strict_text: Indices
    grouped_text: Indices
    strict_image: Indices
    grouped_image: Indices


@dataclass(frozen=True, slots=True)
class RankedPairs(PairRanks):
    """Ranks, and what stands first: an image for each caption row, a distinct caption for each image."""

    first_image: First
    first_text: First


def rank_pairs(
    image_features: ArrayLike,
    text_features: ArrayLike,
    text_of_pair: ArrayLike,
    image_of_pair: ArrayLike,
    *,
    chunk: int = 384,
) -> RankedPairs:
    """Rank every caption row against the images and every image against the captions.

    image_features: ``(N, D)`` and text_features: ``(T, D)``, unit rows, one row a **distinct** caption.
    text_of_pair, image_of_pair: ``(P,)`` indices: which caption each row holds, and which image it belongs to.
    The score is the cosine in float32. Scores are made in tiles of ``chunk`` images and four times as many captions, so
    that memory is bounded by ``chunk`` squared, and no row is sorted.
    Raises EvaluationError for features that are not unit rows, indices out of range, an image without a caption, or a
    caption without an image.
    """
    images, texts = unit_features(image_features, "image features"), unit_features(text_features, "text features")
    if images.shape[1] != texts.shape[1]:
        raise EvaluationError(
            f"retrieval: image features are {images.shape[1]} wide but text features {texts.shape[1]}; use one model"
        )
    text, image = checked_pairs(text_of_pair, image_of_pair, len(texts), len(images))
    columns = Lines.of(images)
    rows = Lines.of(texts).sorted_by_least(text, columns.line[image])  # most right answers then lie in a few tiles
    return _ranked(ScoreTiles(rows.vectors, columns.vectors, chunk), rows, columns, text, image)


def _ranked(tiles: ScoreTiles, rows: Lines, columns: Lines, text: Indices, image: Indices) -> RankedPairs:
    cells = LinkedPairs.of(rows.line[text], columns.line[image])
    own = tiles.scores_of(cells.query, cells.candidate)
    own_of_pair = own[cells.link_of_pair]
    by_text = _Right.of(LinkedPairs.of(text, image), own_of_pair)
    by_image = _Right.of(LinkedPairs.of(image, text), own_of_pair)
    images, captions = _sizes(columns.line), _sizes(rows.line)
    caption_rows = np.bincount(rows.line[text]).astype(np.float64)
    text_counts = Counts.of(cells.query, own, images)
    image_counts = Counts.of(columns.line, by_image.best(), captions, caption_rows)
    text_tops, image_tops = Tops.of(rows, columns, by_text.links), Tops.of(columns, rows, by_image.links)
    for across, down in tiles.places():
        scores = tiles.scores(across, down)
        for tally in (text_counts, text_tops):
            tally.add(scores, across, down)
        for tally in (image_counts, image_tops):
            tally.add(scores.T, down, across)
    strict_text = text_counts.totals()[0][cells.link_of_pair]
    strict_image, grouped_image = _ranks_of_images(by_image, *image_counts.totals())
    first_image = _first(by_text, text_tops, columns)
    return RankedPairs(
        strict_text=strict_text,
        grouped_text=_grouped(by_text.links, strict_text)[text],
        strict_image=strict_image,
        grouped_image=grouped_image,
        first_image=First(first_image.candidate[text], first_image.score[text]),
        first_text=_first(by_image, image_tops, rows),
    )


def _sizes(line: Indices) -> NDArray[np.float64]:
    """Return ``(L,)``: how many have each line."""
    return np.bincount(line).astype(np.float64)


class _Right(NamedTuple):
    """The right answers of each query, and the score of each ``(U,)``."""

    links: LinkedPairs
    score: Scores

    @classmethod
    def of(cls, links: LinkedPairs, score_of_pair: Scores) -> "_Right":
        return cls(links, links.of_pairs(score_of_pair))

    def best(self) -> Scores:
        """Return the score of each query's best right answer ``(Q,)``."""
        return np.asarray(np.maximum.reduceat(self.score, self.links.starts))

    def is_best(self) -> NDArray[np.bool_]:
        """Return which right answers score as much as their query's best one ``(U,)``."""
        return np.asarray(self.score == self.best()[self.links.query])


def _grouped(links: LinkedPairs, strict_of_pair: Indices) -> Indices:
    """Return the grouped rank of each caption ``(T,)``."""
    strict = links.of_pairs(strict_of_pair)
    best = np.minimum.reduceat(strict, links.starts)
    # Of the images at or above the best right one, those are right that have the same count, thus the same score.
    right_at_best = np.add.reduceat(strict == best[links.query], links.starts, dtype=np.int64)
    return np.asarray(1 + best - right_at_best)


def _ranks_of_images(right: _Right, captions: Indices, rows: Indices) -> tuple[Indices, Indices]:
    """Return the strict and the grouped rank of each image ``(N,)``.

    captions, rows: ``(N,)``, how many distinct captions, and caption rows, score at least as much as its best own one.
    """
    own = np.add.reduceat(right.is_best(), right.links.starts, dtype=np.int64)
    own_rows = np.add.reduceat(right.is_best() * right.links.rows, right.links.starts)
    return 1 + rows - own_rows, 1 + captions - own


def _first(right: _Right, tops: Tops, candidates: Lines) -> First:
    """Return what stands first for each query."""
    line, score = tops.best()
    best = right.best()
    links = np.where(right.is_best(), np.arange(len(right.score)), len(right.score))
    candidate = right.links.candidate[np.minimum.reduceat(links, right.links.starts)]
    is_wrong = score >= best
    candidate[is_wrong] = _first_wrong(right.links, np.flatnonzero(is_wrong), line[is_wrong], candidates.line)
    return First(candidate, np.where(is_wrong, score, best))


def _first_wrong(links: LinkedPairs, query: Indices, line: Indices, line_of_candidate: Indices) -> Indices:
    """Return, for each of K queries, the first candidate of a line that is none of its right answers ``(K,)``."""
    width = len(line_of_candidate)
    right = links.query * width + links.candidate  # sorted
    members = np.argsort(line_of_candidate, kind="stable")
    place = np.searchsorted(line_of_candidate[members], line)
    open_ = np.arange(len(query))
    while len(open_):
        keys = query[open_] * width + members[place[open_]]
        open_ = open_[np.isin(keys, right)]
        place[open_] += 1
    return np.asarray(members[place])

"""Ranks of image-text retrieval: every caption row against the images, and every image against the captions.

The rank of a query is 1 + the number of wrong candidates that score at least as much as the best right one: ties count
against the model, so the ranks do not depend on the order of the data.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarvl.errors import EvaluationError
from sarvl.measures.features import distinct_rows, unit_features
from sarvl.measures.links import Indices, LinkedPairs, LinkedPart, checked_pairs

Scores = NDArray[np.float32]


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
    chunk: int = 256,
) -> RankedPairs:
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
    text, image = checked_pairs(text_of_pair, image_of_pair, len(texts), len(images))
    by_text = LinkedPairs.of(text, image)
    by_image = LinkedPairs.of(image, text)
    strict_text, grouped_text, first_image = _text_to_image(images, texts, by_text, chunk)
    strict_image, grouped_image, first_text = _image_to_text(images, texts, by_image, np.bincount(text), chunk)
    return RankedPairs(
        strict_text=strict_text[by_text.link_of_pair],
        grouped_text=grouped_text[text],
        strict_image=strict_image,
        grouped_image=grouped_image,
        first_image=First(first_image.candidate[text], first_image.score[text]),
        first_text=first_text,
    )


def _text_to_image(images: Scores, texts: Scores, links: LinkedPairs, chunk: int) -> tuple[Indices, Indices, First]:
    """Return the strict rank of each link ``(U,)``, the grouped one of each caption ``(T,)``, and what stands first."""
    strict = np.empty(len(links.query), np.int64)
    first = _no_first(len(texts))
    distinct, index = distinct_rows(images)
    for start in range(0, len(texts), chunk):
        queries = slice(start, start + chunk)
        scores = (texts[queries] @ distinct.T)[:, index]  # (c, N)
        part = links.part(start, start + chunk)
        own = scores[part.query, part.candidate]
        strict[part.links] = _rows_at_least(scores, part.query, own, chunk)
        first.candidate[queries], first.score[queries] = _first(scores, own, part)
    best = np.minimum.reduceat(strict, links.starts)
    # Of the images at or above the best right one, those are right that have the same count, thus the same score.
    right_at_best = np.add.reduceat(strict == best[links.query], links.starts, dtype=np.int64)
    return strict, 1 + best - right_at_best, first


def _rows_at_least(scores: Scores, query: Indices, own: Scores, chunk: int) -> Indices:
    """Return, for each link, how many candidates of its query score at least as much as the link's own."""
    if np.array_equal(query, np.arange(len(scores))):  # one link a query: no copy
        return _counts(scores >= own[:, None])
    counts = np.empty(len(query), np.int64)
    for low in range(0, len(query), chunk):  # a caption may have more links than a chunk
        block = slice(low, low + chunk)
        counts[block] = _counts(scores[query[block]] >= own[block, None])
    return counts


def _counts(marks: NDArray[np.bool_]) -> Indices:
    """Return how many marks each row has; several times as fast as ``count_nonzero`` by rows."""
    return np.asarray(np.bitwise_count(np.packbits(marks, axis=1)).sum(axis=1, dtype=np.int64))


def _image_to_text(
    images: Scores, texts: Scores, links: LinkedPairs, rows_of_text: Indices, chunk: int
) -> tuple[Indices, Indices, First]:
    """Return the strict and the grouped rank of each image, both ``(N,)``, and what stands first."""
    strict, grouped = np.empty(len(images), np.int64), np.empty(len(images), np.int64)
    first = _no_first(len(images))
    distinct, index = distinct_rows(texts)
    rows_as_float = rows_of_text.astype(np.float64)  # a float product runs in BLAS; whole numbers stay exact
    is_once = bool((rows_of_text == 1).all())
    for start in range(0, len(images), chunk):
        queries = slice(start, start + chunk)
        scores = (images[queries] @ distinct.T)[:, index]  # (c, T)
        part = links.part(start, start + chunk)
        own = scores[part.query, part.candidate]
        best = np.maximum.reduceat(own, part.starts)
        right_at_best = own == best[part.query]
        at_least = scores >= best[:, None]  # (c, T)
        ties = np.add.reduceat(right_at_best, part.starts, dtype=np.int64)
        count = _counts(at_least)
        grouped[queries] = 1 + count - ties
        own_rows = np.add.reduceat(right_at_best * links.rows[part.links], part.starts)
        rows = count if is_once else (at_least @ rows_as_float).astype(np.int64)
        strict[queries] = 1 + rows - own_rows
        first.candidate[queries], first.score[queries] = _first(scores, own, part)
    return strict, grouped, first


def _no_first(queries: int) -> First:
    return First(np.empty(queries, np.int64), np.empty(queries, np.float32))


def _first(scores: Scores, own: Scores, part: LinkedPart) -> First:
    """Return what stands first for each query of a chunk; ``scores`` of the right candidates are overwritten."""
    best_own = np.maximum.reduceat(own, part.starts)  # (c,)
    links = np.where(own == best_own[part.query], np.arange(len(own)), len(own))
    right = part.candidate[np.minimum.reduceat(links, part.starts)]
    scores[part.query, part.candidate] = -np.inf
    wrong = scores.argmax(axis=1)
    best_wrong = scores[np.arange(len(wrong)), wrong]
    is_right = best_own > best_wrong
    return First(np.where(is_right, right, wrong), np.where(is_right, best_own, best_wrong))

"""Chance: the recall that a random order of the candidates reaches, under the rule of ties that the ranks follow."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import comb, perm

import numpy as np

from sarvl.measures.links import Indices, LinkedPairs

Caption = tuple[int, int]
"""All rows of a caption of an image, and those of them that other images carry."""


def chance_recall(candidates: int, right: Indices, k: int) -> float:
    """Return the expected recall at k of a random order: the mean over queries of 1 - C(n-m, k) / C(n, k).

    right: ``(Q,)``, the number m of right answers of each query among the n ``candidates``.
    """
    drawn = np.arange(min(k, candidates))
    missed = (candidates - right[:, None] - drawn) / (candidates - drawn)  # (Q, k): the next draw is wrong too
    return float(np.mean(1 - np.prod(np.clip(missed, 0, None), axis=1)))


def strict_image_chance(links: LinkedPairs, text_of_pair: Indices, k: int) -> float:
    """Return the expected strict recall at k, image to text, of a random order of the distinct captions.

    Rows of equal captions tie, and ties count against the model: an image is found where fewer than k rows stand before
    its own, which are all rows of the captions before its first one, and the rows of that one on other images.
    links: from images to captions. text_of_pair: ``(P,)``, the caption of each row.
    """
    rows = np.bincount(text_of_pair)  # (T,)
    captions = list(zip(rows[links.candidate].tolist(), (rows[links.candidate] - links.rows).tolist(), strict=True))
    ends = [*links.starts.tolist(), len(captions)]
    images = Counter(tuple(sorted(captions[start:end])) for start, end in pairwise(ends))
    sizes = Counter(rows.tolist())
    expected = sum(count * _found_by_chance(own, sizes, k) for own, count in images.items())
    return expected / images.total()


def _found_by_chance(own: Sequence[Caption], sizes: Counter[int], k: int) -> float:
    """Return the chance that an image with these captions is found; sizes: how many captions have so many rows."""
    others = sizes - Counter(size for size, _ in own)
    captions, strangers = sizes.total(), others.total()
    ways = _ways(others, k - 1)
    chance = 0.0
    for _, elsewhere in own:
        for before in range(min(strangers, k - 1 - elsewhere) + 1):
            # All that stand before the first own caption are strangers, in any order; it is each of the own ones alike.
            comes_first = perm(strangers, before) / perm(captions, before + 1)
            few_rows = sum(ways[before][: k - elsewhere]) / comb(strangers, before)
            chance += comes_first * few_rows
    return chance


def _ways(sizes: Counter[int], most: int) -> list[list[int]]:
    """Return, ``[n][rows]``, how many sets of n captions have so many rows together, up to ``most`` of both."""
    ways = [[0] * (most + 1) for _ in range(most + 1)]
    ways[0][0] = 1
    for size, count in sizes.items():
        before = [row.copy() for row in ways]
        for taken in range(1, min(count, most // size) + 1):
            for number in range(most + 1 - taken):
                for rows in range(most + 1 - taken * size):
                    ways[number + taken][rows + taken * size] += before[number][rows] * comb(count, taken)
    return ways

"""Duplicates: pairs of equal files and of equal pictures among very many images, found in one pass."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Rows = NDArray[np.int64]
Hashes = NDArray[np.uint64]
ThumbnailsOf = Callable[[Rows], NDArray[np.uint16]]
"""Gives the thumbnails (R, 32, 32) of some rows (``imagery.thumbnail``); at most 4,096 rows are asked for at once."""

_LEAST_CORRELATION = 0.98
_PAIRS_AT_ONCE = 2048
_COMPARED_WITH_ALL = 64
_LARGEST_BUCKET = 2048


class DuplicatePairs(NamedTuple):
    """Pairs of rows of the images table, first < second, sorted.

    first, second: (P,). exact: (P,) bool, equal files. distance: (P,) bits in which the hashes differ.
    chained: images of a hash that so many share that they were compared with the first of them alone.
    """

    first: Rows
    second: Rows
    exact: NDArray[np.bool_]
    distance: NDArray[np.uint8]
    chained: int = 0

    def where(self, chosen: NDArray[np.bool_]) -> "DuplicatePairs":
        """Return the chosen (P,) pairs."""
        return DuplicatePairs(
            self.first[chosen], self.second[chosen], self.exact[chosen], self.distance[chosen], self.chained
        )


def find_duplicates(sha256: pa.ChunkedArray, phash: Hashes, hamming: int) -> DuplicatePairs:
    """Return the pairs of equal files, and of images (N,) whose hashes differ in fewer than ``hamming`` bits.

    Of equal files the first stands for all: it is paired with each of the others, and it alone with other images.
    """
    codes = sha256.combine_chunks().dictionary_encode().indices.to_numpy()
    first_of = np.unique(codes, return_index=True)[1][codes]  # (N,) the first row of the same file
    copies = np.flatnonzero(first_of != np.arange(len(codes)))
    first, second, chained = _near_images(np.unique(first_of), phash, hamming)
    first = np.concatenate([first_of[copies], first])
    second = np.concatenate([copies, second])
    exact = np.arange(len(first)) < len(copies)
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    return DuplicatePairs(first, second, exact[order], np.bitwise_count(phash[first] ^ phash[second]), chained)


def _near_images(rows: Rows, phash: Hashes, hamming: int) -> tuple[Rows, Rows, int]:
    """Return the pairs of near images among ``rows``, first < second, and how many images are chained.

    Every pair is looked at, but for images that share their hash with more than 64 others: those after the 64th are
    paired with the first alone, so that a set of blank images costs no square of its size.
    """
    distinct, which = np.unique(phash[rows], return_inverse=True)
    members = rows[np.argsort(which, kind="stable")]  # by hash, then by row
    sizes = np.bincount(which, minlength=len(distinct))
    rank = np.arange(len(members)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    late = rank >= _COMPARED_WITH_ALL
    firsts = np.repeat(members[rank == 0], sizes)
    heads, sizes = members[~late], np.minimum(sizes, _COMPARED_WITH_ALL)
    parts = [(firsts[late], members[late])]
    parts += [(heads[left], heads[right]) for left, right in _pairs_within(sizes)]
    parts += [_members_of(*pair, heads, sizes) for pair in _near_hashes(distinct, np.arange(len(distinct)), hamming)]
    first, second = (np.concatenate(column) for column in zip(*parts, strict=True))
    return np.minimum(first, second), np.maximum(first, second), int(late.sum())


def _members_of(left: Rows, right: Rows, heads: Rows, sizes: Rows) -> tuple[Rows, Rows]:
    """Return all pairs of images of the paired hashes; ``heads`` holds ``sizes`` images a hash, hash by hash."""
    starts = np.cumsum(sizes) - sizes
    counts = sizes[left] * sizes[right]
    pair = np.repeat(np.arange(len(left)), counts)
    place = np.arange(len(pair)) - np.repeat(np.cumsum(counts) - counts, counts)
    width = sizes[right][pair]
    return heads[starts[left][pair] + place // width], heads[starts[right][pair] + place % width]


def _near_hashes(
    hashes: Hashes, rows: Rows, hamming: int, differ: tuple[np.uint64, ...] = ()
) -> Iterator[tuple[Rows, Rows]]:
    """Yield, each once, the pairs of ``rows`` whose distinct hashes differ in fewer than ``hamming`` bits.

    Cut into ``hamming`` bands, such hashes agree in one of them (pigeonhole): only rows that share a band are compared,
    and where many share it, the bits that vary among them are cut into bands anew, as long as a band parts them into
    more sets than there are bands. ``differ``: masks of bands in which the hashes of a pair must differ, because pairs
    that agree there are yielded elsewhere.
    """
    varying = np.bitwise_or.reduce(hashes[rows] ^ hashes[rows[0]]) if len(rows) else np.uint64(0)
    bits = np.flatnonzero(np.unpackbits(varying.reshape(1).view(np.uint8), bitorder="little"))
    if len(rows) <= _LARGEST_BUCKET or 2 ** (len(bits) // hamming) <= hamming:
        yield from _compared(hashes, rows, np.array([len(rows)]), hamming, differ)
        return
    for band in np.array_split(bits, hamming):
        mask = np.bitwise_or.reduce(np.uint64(1) << band.astype(np.uint64))
        keys = hashes[rows] & mask
        order = np.argsort(keys, kind="stable")
        sizes = np.unique(keys, return_counts=True)[1]
        large = sizes > _LARGEST_BUCKET
        yield from _compared(hashes, rows[order][np.repeat(~large, sizes)], sizes[~large], hamming, differ)
        ends = np.cumsum(sizes)
        for start, end in zip((ends - sizes)[large], ends[large], strict=True):
            yield from _near_hashes(hashes, rows[order[start:end]], hamming, differ)
        differ = (*differ, mask)


def _compared(
    hashes: Hashes, rows: Rows, sizes: Rows, hamming: int, differ: tuple[np.uint64, ...]
) -> Iterator[tuple[Rows, Rows]]:
    """Yield the near pairs within each of the sets that stand one after the other in ``rows``."""
    ordered = hashes[rows]
    for left, right in _pairs_within(sizes):
        difference = ordered[left] ^ ordered[right]
        near = np.flatnonzero(np.bitwise_count(difference) < hamming)
        for mask in differ:
            near = near[difference[near] & mask != 0]
        yield rows[left[near]], rows[right[near]]


def _pairs_within(sizes: Rows) -> Iterator[tuple[Rows, Rows]]:
    """Yield all pairs of indices within sets of the given sizes that stand one after the other."""
    followers = np.repeat(np.cumsum(sizes), sizes) - np.arange(sizes.sum()) - 1  # in the same set
    step, left = 1, np.flatnonzero(followers >= 1)
    while len(left):
        yield left, left + step
        step += 1
        left = left[followers[left] >= step]


def confirm(pairs: DuplicatePairs, thumbnails_of: ThumbnailsOf) -> DuplicatePairs:
    """Keep the pairs of equal files, and of the others those whose thumbnails correlate by at least 0.98.

    A hash alone is not enough: chips with the same kind of target in the middle agree in all 64 bits, and are different
    pictures.
    """
    keep = pairs.exact.copy()
    asked = np.flatnonzero(~keep)
    for start in range(0, len(asked), _PAIRS_AT_ONCE):
        part = asked[start : start + _PAIRS_AT_ONCE]
        rows, place = np.unique(np.stack([pairs.first[part], pairs.second[part]]), return_inverse=True)
        grey = thumbnails_of(rows).reshape(len(rows), -1).astype(np.float64)  # (R, 1024)
        grey -= grey.mean(axis=1, keepdims=True)
        norm = np.linalg.norm(grey, axis=1, keepdims=True)
        grey /= np.where(norm > 0, norm, 1)
        left, right = grey[place.reshape(2, -1)]
        keep[part] = np.einsum("pd,pd->p", left, right) >= _LEAST_CORRELATION
    return pairs.where(keep)


def clusters_of(pairs: DuplicatePairs) -> list[list[int]]:
    """Return the rows of each picture: the sets that are connected by pairs, as ``connected_sets`` orders them."""
    rows, index_of = np.unique(np.stack([pairs.first, pairs.second]), return_inverse=True)
    first, second = index_of.reshape(2, -1)
    return connected_sets(rows, first, second)


def connected_sets(rows: Rows, first: Rows, second: Rows) -> list[list[int]]:
    """Return the sets of ``rows`` that links connect, in the order of ``rows``; links are pairs of indices into it."""
    links = coo_array((np.ones(len(first)), (first, second)), shape=(len(rows), len(rows)))
    members: dict[int, list[int]] = defaultdict(list)
    for row, label in zip(rows.tolist(), connected_components(links, directed=False)[1].tolist(), strict=True):
        members[label].append(row)
    return list(members.values())

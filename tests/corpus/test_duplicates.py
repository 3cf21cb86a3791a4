"""Duplicates: found as the naive search finds them, in bounded memory."""

import subprocess
import sys
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sarvl.corpus.building import duplicates
from sarvl.corpus.building.duplicates import clusters_of, confirm, find_duplicates


def column(values: list[str]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, pa.string())])


def naive_pairs(files: list[str], phash: list[int], hamming: int) -> set[tuple[int, int, bool]]:
    """Compare each image with each other one; of equal files the first stands for all."""
    first_of = [files.index(file) for file in files]
    exact = {(first, row, True) for row, first in enumerate(first_of) if first != row}
    near = {
        (left, right, False)
        for left, right in combinations(sorted(set(first_of)), 2)
        if (phash[left] ^ phash[right]).bit_count() < hamming
    }
    return exact | near


# Few values, and values that differ in few bits, so that all kinds of pairs turn up.
hashes = st.lists(
    st.builds(
        lambda high, bits: (high << 62) ^ sum({1 << bit for bit in bits}),
        st.integers(0, 3),
        st.sets(st.integers(0, 63), max_size=3),
    ),
    max_size=40,
)


@settings(deadline=None)  # the first call of Arrow's functions takes its time
@given(hashes, st.integers(1, 5), st.data())
def test_pairs_are_those_of_the_naive_search(phash, hamming, data):
    phash = [value % 2**64 for value in phash]
    files = data.draw(st.lists(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), min_size=len(phash), max_size=len(phash)))
    found = find_duplicates(column(files), np.array(phash, np.uint64), hamming)
    rows = list(zip(found.first.tolist(), found.second.tolist(), found.exact.tolist(), strict=True))
    assert rows == sorted(rows)
    assert len(rows) == len(set(rows))
    assert set(rows) == naive_pairs(files, phash, hamming)
    assert found.distance.tolist() == [(phash[a] ^ phash[b]).bit_count() for a, b, _ in rows]


@given(st.sets(st.integers(0, 2**64 - 1)), st.sets(st.integers(0, 2**16 - 1), max_size=60), st.integers(1, 5))
def test_bands_find_each_pair_of_near_hashes_once(anywhere, crowded, hamming):
    # With a limit of 4 even small sets are cut into bands, and their crowded buckets into bands again.
    values = np.array(sorted(anywhere | {value << 29 for value in crowded}), np.uint64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "_LARGEST_BUCKET", 4)
        parts = list(duplicates._near_hashes(values, np.arange(len(values)), hamming))
    found = [tuple(sorted(pair)) for left, right in parts for pair in zip(left.tolist(), right.tolist(), strict=True)]
    expected = [
        (left, right)
        for left, right in combinations(range(len(values)), 2)
        if (int(values[left]) ^ int(values[right])).bit_count() < hamming
    ]
    assert sorted(found) == expected


def test_a_hash_of_very_many_images_is_chained_and_said():
    count = 50_000
    found = find_duplicates(column([str(row) for row in range(count)]), np.full(count, 7, np.uint64), 4)
    assert len(found.first) == 64 * 63 // 2 + count - 64
    assert found.chained == count - 64
    assert clusters_of(found) == [list(range(count))]


def test_a_crowd_of_near_hashes_costs_no_square():
    # 14 of 64 bits vary: each hash has 14 + 91 others within two bits, 860,160 pairs in all, of 134 million.
    crowd = np.arange(2**14, dtype=np.uint64) << np.uint64(20)
    compared = []
    real = duplicates._pairs_within

    def counting(sizes):
        for left, right in real(sizes):
            compared.append(len(left))
            yield left, right

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "_pairs_within", counting)
        found = find_duplicates(column([str(row) for row in range(len(crowd))]), crowd, 3)
    assert len(found.first) == 2**14 * (14 + 91) // 2
    assert sum(compared) < 2**27 / 6


MILLION = """
import resource
import numpy as np
import pyarrow as pa
from sarvl.corpus.building.duplicates import clusters_of, find_duplicates
rng = np.random.default_rng(0)
count, planted = 1_000_000, 500
phash = rng.integers(0, 2**64, count, dtype=np.uint64)
copies = rng.permutation(count)[: 2 * planted].reshape(2, planted)
phash[copies[1]] = phash[copies[0]] ^ (np.uint64(1) << rng.integers(0, 64, planted).astype(np.uint64))
files = pa.chunked_array([pa.array(np.arange(count)).cast(pa.string())])
found = find_duplicates(files, phash, 4)
pairs = set(zip(found.first.tolist(), found.second.tolist()))
assert {tuple(sorted(pair)) for pair in copies.T.tolist()} <= pairs, "a planted pair is missing"
assert len(pairs) < planted + 10, "random hashes are near"
assert len(clusters_of(found)) >= planted - 5
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)  # KiB
"""


def test_a_million_images_fit_into_two_gibibytes():
    done = subprocess.run([sys.executable, "-c", MILLION], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 2 * 2**20


def test_near_hashes_are_confirmed_by_their_thumbnails():
    rng = np.random.default_rng(0)
    count = 5000
    grey = rng.integers(0, 60_000, (count, 32, 32)).astype(np.uint16)
    grey[1::2] = grey[::2] + rng.integers(0, 50, (count // 2, 32, 32)).astype(np.uint16)  # odd images copy even ones
    grey[7] = 0  # a thumbnail without content correlates with nothing
    asked = []

    def thumbnails_of(rows):
        asked.append(len(rows))
        return grey[rows]

    pairs = find_duplicates(column([str(row) for row in range(count)]), np.arange(count, dtype=np.uint64), 2)
    kept = confirm(pairs, thumbnails_of)
    assert len(pairs.first) > len(kept.first)
    assert max(asked) <= 4096
    assert len(asked) > 1
    assert kept.first.tolist() == [row for row in range(0, count, 2) if row != 6]
    assert (kept.second == kept.first + 1).all()

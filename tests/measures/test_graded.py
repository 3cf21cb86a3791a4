"""Graded retrieval: nDCG equals a plain loop over the full matrix."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sarvl.measures.graded import Claimed, graded_retrieval

CLAIMS = [frozenset("a"), frozenset("ab"), frozenset("bc"), frozenset(), frozenset("d")]
TEXT_OF_PAIR, IMAGE_OF_PAIR = np.array([0, 1, 2, 0, 3, 4]), np.array([0, 0, 1, 2, 3, 2])
# What the images claim: abc.., image 3 nothing, since its one caption says nothing that is known.
OF_IMAGE = [{"a", "b"}, {"b", "c"}, {"a", "d"}, set()]


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def naive(scores, gains, k):
    """Order by score, of equal ones the least relevant first."""
    order = sorted(range(len(scores)), key=lambda place: (-scores[place], gains[place]))
    discounts = [1 / np.log2(place + 2) for place in range(min(k, len(scores)))]
    ideal = sum(gain * discount for gain, discount in zip(sorted(gains, reverse=True), discounts, strict=False))
    return sum(gains[place] * discount for place, discount in zip(order, discounts, strict=False)) / ideal


@given(st.integers(0, 10_000), st.integers(1, 6), st.booleans())
@settings(max_examples=12, deadline=None)
def test_ndcg_is_that_of_a_loop_whatever_ties(seed, k, coarse):
    rng = np.random.default_rng(seed)
    directions = np.eye(3) if coarse else rng.normal(size=(9, 3))
    images, texts = (unit(directions[rng.integers(0, len(directions), count)]) for count in (4, 5))
    by_text, by_image = graded_retrieval(images, texts, Claimed.of(CLAIMS, TEXT_OF_PAIR, IMAGE_OF_PAIR), k=k, chunk=2)
    scores = (texts @ images.T).astype(np.float32)
    gains = np.array([[len(own & shown) / max(len(own), 1) for shown in OF_IMAGE] for own in CLAIMS])
    texts_known, images_known = [0, 1, 2, 4], [0, 1, 2]
    for row in texts_known:
        expected = naive(scores[row, images_known], gains[row, images_known], k)
        assert by_text.ndcg[row] == pytest.approx(expected)
    for column in images_known:
        expected = naive(scores[texts_known, column], gains[texts_known, column], k)
        assert by_image.ndcg[column] == pytest.approx(expected)
    assert np.isnan([by_text.ndcg[3], by_image.ndcg[3]]).all()


def test_chance_is_the_mean_over_random_orders():
    rng = np.random.default_rng(0)
    images, texts = unit(rng.normal(size=(4, 3))), unit(rng.normal(size=(5, 3)))
    by_text, _ = graded_retrieval(images, texts, Claimed.of(CLAIMS, TEXT_OF_PAIR, IMAGE_OF_PAIR), k=2)
    gains = [len(CLAIMS[1] & shown) / 2 for shown in OF_IMAGE[:3]]
    drawn = [naive(rng.normal(size=3), gains, 2) for _ in range(2000)]
    assert by_text.chance[1] == pytest.approx(np.mean(drawn), abs=0.02)

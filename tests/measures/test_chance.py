"""Chance under the rule of ties, and ties that are exact."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarvl.measures.classification import classify
from sarvl.measures.features import cosines_of, distinct_rows
from sarvl.measures.logistic import LinearClassifier
from sarvl.measures.neighbours import neighbour_votes
from sarvl.measures.ranks import rank_pairs
from sarvl.measures.retrieval import retrieval


def unit(rows):
    rows = np.asarray(rows, np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@st.composite
def linked(draw):
    """Which of up to five captions each row holds, and of which image it is."""
    images = draw(st.integers(1, 4))
    image = [*range(images), *draw(st.lists(st.integers(0, images - 1), max_size=5))]
    text = draw(st.lists(st.integers(0, 4), min_size=len(image), max_size=len(image)))
    return np.unique(text, return_inverse=True)[1], np.array(image)


@given(linked())
def test_strict_chance_is_the_mean_over_all_orders_of_the_captions(pairs):
    text, image = pairs
    captions, images = text.max() + 1, image.max() + 1
    hits = dict.fromkeys((1, 2, 5), 0)
    orders = list(permutations(range(captions)))
    for order in orders:
        scores = np.array(order)[text]  # equal captions tie
        for each in range(images):
            best = scores[image == each].max()
            rank = 1 + np.count_nonzero((scores >= best) & (image != each))
            for k in hits:
                hits[k] += rank <= k
    features = unit(np.random.default_rng(0).standard_normal((images, 8)))
    found = retrieval(
        features, unit(np.random.default_rng(1).standard_normal((captions, 8))), text, image, ks=(1, 2, 5)
    )
    chance = found.strict.image_to_text.chance
    assert chance == pytest.approx({k: count / len(orders) / images for k, count in hits.items()})
    assert all(chance[k] <= found.strict.image_to_text.ceiling[k] + 1e-12 for k in chance)


def test_equal_vectors_tie_wherever_they_stand():
    """BLAS may add up one row in another order at another place, and twins would be ranked by noise of 6e-8."""
    rng = np.random.default_rng(0)
    twins = np.repeat(unit(rng.standard_normal((37, 515))), 3, axis=0)[rng.permutation(111)]
    ranks = rank_pairs(twins, unit(rng.standard_normal((111, 515))), np.arange(111), np.arange(111), chunk=7)
    # An image with two equal ones is never found first, whatever its caption.
    assert ranks.strict_text.min() >= 3
    result = classify(unit(rng.standard_normal((40, 515))), twins[:9], np.zeros(40, int), logit_scale=1)
    assert result.accuracy() == 0 or np.count_nonzero((twins[:9] == twins[0]).all(axis=1)) == 1


def test_distinct_rows_stay_as_they_are_and_equal_ones_become_one():
    rows = np.array([[1, 0], [0, 1], [1, -0.0]], np.float32)
    distinct, index = distinct_rows(rows)
    np.testing.assert_array_equal(distinct[index], rows)
    assert len(distinct) == 2
    alone, every = distinct_rows(rows[:2])
    assert alone[every] is not None and len(alone) == 2 and every == slice(None)


@pytest.mark.parametrize("width", [100, 256, 513, 640])
def test_equal_images_score_alike_in_every_task_wherever_they_stand(width):
    rng = np.random.default_rng(width)
    image, others = unit(rng.normal(size=(1, width))), unit(rng.normal(size=(9, width)))
    images, labels = np.repeat(image, 101, axis=0), np.arange(9) % 3
    scored = {
        "zeroshot": cosines_of(images, others),
        "linear probe": LinearClassifier(rng.normal(size=(3, width)), np.zeros(3)).logits(images),
        "k-NN": neighbour_votes(others, labels, images, 3, chunk=7),
    }
    assert {name: float(np.ptp(scores, axis=0).max()) for name, scores in scored.items()} == dict.fromkeys(scored, 0)
    assert not np.ptp(cosines_of(others, images), axis=1).any()

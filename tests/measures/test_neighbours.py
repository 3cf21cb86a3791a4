"""Neighbours: the votes equal a plain loop, whatever the order of the data."""

import numpy as np
import pytest

from sarvl.errors import EvaluationError
from sarvl.measures.neighbours import neighbour_votes


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_votes_are_those_of_a_loop_over_all_pairs():
    rng = np.random.default_rng(0)
    known, labels, asked = unit(rng.normal(size=(50, 6))), rng.integers(0, 3, 50), unit(rng.normal(size=(7, 6)))
    found = neighbour_votes(known, labels, asked, 3, neighbours=5, temperature=0.1, chunk=3)
    for row, image in zip(found, asked, strict=True):
        cosines = known.astype(np.float64) @ image
        votes = np.zeros(3)
        for place in np.argsort(-cosines)[:5]:
            votes[labels[place]] += np.exp(cosines[place] / 0.1)
        np.testing.assert_allclose(row, votes / votes.sum(), rtol=1e-4)


def test_neighbours_that_tie_with_the_last_one_vote_so_that_the_order_plays_no_part():
    known = unit(np.array([[1, 0], [0, 1], [0, 1], [0, 1.0]]))
    asked = unit(np.array([[1, 1.0]]))
    votes = neighbour_votes(known, np.array([0, 1, 0, 1]), asked, 2, neighbours=2)
    np.testing.assert_allclose(votes, [[0.5, 0.5]])


def test_few_training_images_all_vote_and_a_zero_vector_is_none():
    known, asked = unit(np.eye(3)), unit(np.ones((1, 3)))
    np.testing.assert_allclose(neighbour_votes(known, np.arange(3), asked, 3), [[1 / 3] * 3], atol=1e-6)
    with pytest.raises(EvaluationError, match="image features: row 0 has length 0, not 1"):
        neighbour_votes(known, np.arange(3), np.zeros((1, 3), np.float32), 3)

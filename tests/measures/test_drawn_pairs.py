"""Pairs: the places equal a full matrix, and the recall that of the published script where nothing ties."""

import numpy as np
import torch

from sarvl.measures.pairs import expected_hits, pair_places


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def published_recall(similarity, k):
    """Row i is right for row i: the rule of SARVLM's eval_retrieval.py."""
    nearest = similarity.topk(k, dim=1).indices
    return (nearest == torch.arange(len(similarity))[:, None]).any(dim=1).float().mean().item()


def test_recalls_are_those_of_the_published_rule():
    rng = np.random.default_rng(0)
    images = unit(rng.normal(size=(60, 8)))
    texts = unit(images + rng.normal(size=(60, 8)) / 2)
    similarity = torch.from_numpy(images) @ torch.from_numpy(texts).T
    for queries, candidates, matrix in ((images, texts, similarity), (texts, images, similarity.T)):
        places = pair_places(queries, candidates, chunk=7)
        assert not places.tied.any()
        for k in (1, 5, 10):
            hits = expected_hits(places.above, places.tied, k)
            np.testing.assert_allclose(hits.mean(), published_recall(matrix, k), rtol=1e-6)


def test_equal_rows_share_the_places_that_they_hold():
    texts = unit(np.eye(3)[[0, 0, 0, 1]])
    places = pair_places(unit(np.eye(3)[[0, 0, 0, 1]]), texts)
    assert places.tied.tolist() == [2, 2, 2, 0]
    np.testing.assert_allclose(expected_hits(places.above, places.tied, 1), [1 / 3, 1 / 3, 1 / 3, 1])
    np.testing.assert_allclose(expected_hits(places.above, places.tied, 5), 1)

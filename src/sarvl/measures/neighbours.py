"""Weighted k-nearest neighbours on unit features."""

import numpy as np
from numpy.typing import NDArray

from sarvl.measures.features import distinct_rows, unit_features


def neighbour_votes(
    training: NDArray[np.float32],
    labels: NDArray[np.int64],
    features: NDArray[np.float32],
    classes: int,
    *,
    neighbours: int = 20,
    temperature: float = 0.07,
    chunk: int = 256,
) -> NDArray[np.float64]:
    """Return ``(N, C)``: the share of the votes that each class gets from the nearest training images.

    training: ``(M, D)`` and features: ``(N, D)``, unit rows. labels: ``(M,)``, of the training images.
    A neighbour votes with exp(cosine / temperature). Those that tie with the last of the ``neighbours`` vote as well,
    so that the order of the data plays no part; where there are fewer training images, all vote. ``chunk`` images are
    taken at once. Source: Wu et al., Unsupervised Feature Learning via Non-Parametric Instance Discrimination, CVPR
    2018, with the k and the temperature of DINO (Caron et al., ICCV 2021).
    Raises EvaluationError for features that are not unit rows.
    """
    known, asked = unit_features(training, "training features"), unit_features(features, "image features")
    (learnt, of_known), (distinct, of_asked) = distinct_rows(known), distinct_rows(asked)
    one_hot = np.eye(classes)[labels]  # (M, C)
    last = max(len(known) - neighbours, 0)
    votes = np.empty((len(distinct), classes))
    for start in range(0, len(distinct), chunk):
        cosines = (distinct[start : start + chunk] @ learnt.T)[:, of_known]  # (c, M)
        limit = np.partition(cosines, last, axis=1)[:, last, None]
        nearest = cosines.max(axis=1, keepdims=True)
        weights = np.where(cosines >= limit, np.exp((cosines - nearest).astype(np.float64) / temperature), 0)
        votes[start : start + chunk] = weights @ one_hot
    return np.asarray((votes / votes.sum(axis=1, keepdims=True))[of_asked])

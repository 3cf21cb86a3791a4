"""Abstention: whether a model is less sure where it is wrong, and of images of a class that is not in its list."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logsumexp

Floats = NDArray[np.float64]


def unknown_class_terms(logits: Floats, labels: NDArray[np.int64], *, is_sigmoid: bool = False) -> Floats:
    """Return ``(N, 4 C)`` terms of the AUROC of telling images of an unknown class, each class in its turn.

    logits: ``(N, C)``. labels: ``(N,)``. is_sigmoid: as of ``confidence_without``.
    A class is taken out of the list, and the model's confidence over the others is held against each image: it should
    be lower for the images of that class than for all others. One AUROC a class, ties count half; the figure is the
    mean over the classes (``mean_auroc``). The terms of a class are the placement of each of its images among the
    others, and that of each other image among them, less the AUROC: so their sums vary as the AUROC does, which gives
    its interval (DeLong et al., Biometrics 44, 1988; over scenes, Obuchowski, Biometrics 53, 1997).
    Source of the score: Hendrycks and Gimpel, A Baseline for Detecting Misclassified and Out-of-Distribution Examples,
    ICLR 2017.
    """
    count, classes = logits.shape
    terms = np.zeros((count, classes, 4))
    for unknown in range(classes):
        confidence = confidence_without(logits, unknown, is_sigmoid=is_sigmoid)
        inside = labels == unknown
        if inside.any() and not inside.all():
            above, below = _placements(confidence[inside], confidence[~inside])
            terms[inside, unknown, 0], terms[inside, unknown, 1] = above, 1
            terms[~inside, unknown, 2], terms[~inside, unknown, 3] = below - below.mean(), 1
    return terms.reshape(count, -1)


def mean_auroc(totals: Floats) -> Floats:
    """Return the mean over classes of the AUROC from totals ``(..., 4 C)``; NaN where no class has both kinds."""
    parts = totals.reshape(*totals.shape[:-1], -1, 2, 2)  # (..., C, kinds, (sum, count))
    counts = parts[..., 1]
    ratios = np.divide(parts[..., 0], counts, out=np.zeros_like(counts), where=counts > 0).sum(axis=-1)  # (..., C)
    present = (counts > 0).all(axis=-1)
    number = np.count_nonzero(present, axis=-1)
    total = (ratios * present).sum(axis=-1)
    return np.asarray(np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0))


def confidence_without(logits: Floats, unknown: int, *, is_sigmoid: bool = False) -> Floats:
    """Return ``(N,)``: the largest probability of a class, where one class is not in the list.

    is_sigmoid: the probability of a class is the sigmoid of its logit (a SigLIP), and not its share in a softmax.
    """
    others = np.delete(logits, unknown, axis=1)
    best = others.max(axis=1)
    return np.asarray(expit(best) if is_sigmoid else np.exp(best - logsumexp(others, axis=1)))


def _placements(unknown: Floats, known: Floats) -> tuple[Floats, Floats]:
    """Return the share of known images that are surer than each unknown one, and that of unknown ones less sure."""
    return 1 - _share_below(unknown, known), _share_below(known, unknown)


def _share_below(values: Floats, among: Floats) -> Floats:
    """Return, for each value, the share of ``among`` that lies below it; equal ones count half."""
    ordered = np.sort(among)
    sides = [np.searchsorted(ordered, values, side) for side in ("left", "right")]
    return np.asarray((sides[0] + sides[1]) / (2 * len(among)))


def risk_coverage(confidence: Floats, right: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return the curve: the share of images that are answered, surest first, and the share of wrong ones among them.

    confidence, right: ``(N,)``. One point a different confidence: images of equal confidence are answered together.
    Source: Geifman and El-Yaniv, Selective Classification for Deep Neural Networks, NeurIPS 2017.
    """
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum(~right[order])
    ends = np.flatnonzero(np.append(np.diff(confidence[order]) != 0, True))
    return (ends + 1) / len(order), wrong[ends] / (ends + 1)


def risk_terms(confidence: Floats, right: NDArray[np.bool_]) -> Floats:
    """Return ``(N,)`` terms whose mean is the area under the risk-coverage curve (AURC), the mean risk over images.

    A term is the risk at the image's own coverage, and what the image adds to the risk at that of all less sure ones:
    its influence, from which the interval is made.
    """
    order = np.argsort(-confidence, kind="stable")
    wrong = (~right[order]).astype(np.float64)
    is_end = np.append(np.diff(confidence[order]) != 0, True)
    ends = np.flatnonzero(is_end)
    answered = (ends + 1)[np.searchsorted(ends, np.arange(len(order)))]  # (N,): images at least as sure
    risk = np.cumsum(wrong)[answered - 1] / answered
    # Of all images that are at most as sure as this one: 1 / answered, and risk / answered.
    starts = np.append(0, ends[:-1] + 1)[np.searchsorted(ends, np.arange(len(order)))]
    weight, weighted = (np.cumsum(part[::-1])[::-1][starts] for part in (1 / answered, risk / answered))
    terms = np.empty(len(order))
    terms[order] = risk + wrong * weight - weighted
    return terms

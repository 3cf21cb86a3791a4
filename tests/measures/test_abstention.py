"""Abstention: its figures equal plain loops, and their terms vary as the figures do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarvl.measures.abstention import confidence_without, mean_auroc, risk_coverage, risk_terms, unknown_class_terms
from sarvl.measures.classification import logits_of
from sarvl.measures.features import cosines_of

answers = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=30)


@given(answers)
def test_the_area_is_the_mean_risk_over_the_images_that_are_answered_before(drawn):
    confidence, right = np.array([part[0] / 5 for part in drawn]), np.array([part[1] for part in drawn])
    expected = np.mean([np.mean(~right[confidence >= own]) for own in confidence])
    assert risk_terms(confidence, right).mean() == pytest.approx(expected)


def test_a_term_is_the_influence_of_its_image():
    rng = np.random.default_rng(0)
    confidence = rng.integers(0, 8, 40) / 8
    right = rng.random(40) < confidence

    def area(weights):
        risks = [np.average(~right[confidence >= own], weights=weights[confidence >= own]) for own in confidence]
        return np.average(risks, weights=weights)

    step = 1e-6
    changes = [(area(np.ones(40) + step * np.eye(40)[index]) - area(np.ones(40))) * 40 / step for index in range(40)]
    terms = risk_terms(confidence, right)
    np.testing.assert_allclose(changes, terms - terms.mean(), atol=1e-4)


def test_the_curve_ends_at_the_share_of_wrong_answers_and_keeps_equal_confidences_together():
    coverage, risk = risk_coverage(np.array([0.5, 0.9, 0.5, 0.2]), np.array([True, True, False, False]))
    np.testing.assert_allclose(coverage, [0.25, 0.75, 1])
    np.testing.assert_allclose(risk, [0, 1 / 3, 0.5])


@pytest.mark.parametrize("is_sigmoid", [False, True])
def test_unknown_classes_are_told_as_a_loop_over_all_pairs_does(is_sigmoid):
    rng = np.random.default_rng(1)
    logits, labels = rng.integers(-2, 3, (40, 4)).astype(float), rng.integers(0, 4, 40)
    areas = []
    for unknown in range(4):
        sure = confidence_without(logits, unknown, is_sigmoid=is_sigmoid)
        pairs = [
            (known > other) + (known == other) / 2
            for other in sure[labels == unknown]
            for known in sure[labels != unknown]
        ]
        areas.append(np.mean(pairs))
    terms = unknown_class_terms(logits, labels, is_sigmoid=is_sigmoid)
    assert float(mean_auroc(terms.sum(axis=0))) == pytest.approx(np.mean(areas))


def test_the_probabilities_of_the_other_classes_do_not_drown_in_that_of_the_one_left_out():
    logits = np.array([[1000.0, 2.0, 1.0]])
    assert confidence_without(logits, 0)[0] == pytest.approx(1 / (1 + np.exp(-1)))


def test_equal_images_are_equally_sure_wherever_they_stand():
    rng = np.random.default_rng(0)
    image, *classes = (vector / np.linalg.norm(vector) for vector in rng.standard_normal((4, 640)).astype(np.float32))
    images, labels = np.tile(image, (101, 1)), np.arange(101) % 3
    terms = unknown_class_terms(logits_of(cosines_of(images, np.array(classes)), 100.0, None), labels)
    assert float(mean_auroc(terms.sum(axis=0))) == 0.5


def test_a_class_without_images_is_not_counted():
    logits, labels = np.array([[2.0, 0, 0], [0, 2.0, 0]]), np.array([0, 1])
    terms = unknown_class_terms(logits, labels)
    assert terms.shape == (2, 12)
    assert not terms[:, 8:].any()
    assert float(mean_auroc(terms.sum(axis=0))) == 1
    assert np.isnan(mean_auroc(np.zeros(12)))

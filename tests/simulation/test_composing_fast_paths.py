"""The fast ways of composing give what the plain ones give, to the last bit."""

import numpy as np
import pytest

from sarvl.simulation.composing.fitted_field import _PARTS, _of_distribution
from sarvl.simulation.composing.local_statistics import integral_of


@pytest.mark.parametrize("shape", [(64, 64), (30, 17), (1, 1)])
def test_a_field_takes_the_values_of_equal_rank(shape):
    rng = np.random.default_rng(0)
    field = rng.standard_normal(shape).round(1)  # many ties
    quantiles = np.sort(rng.random(len(_PARTS))).astype(np.float32)
    ranks = (field.ravel().argsort().argsort() + 0.5) / field.size
    np.testing.assert_array_equal(_of_distribution(field, quantiles).ravel(), np.interp(ranks, _PARTS, quantiles))


def test_sums_of_a_mask_are_those_of_its_ones():
    mask = np.random.default_rng(0).random((40, 23)) < 0.4
    sums = integral_of(mask)
    assert sums.shape == (41, 24) and not sums[0].any() and not sums[:, 0].any()
    np.testing.assert_array_equal(sums[1:, 1:], mask.cumsum(axis=0).cumsum(axis=1))

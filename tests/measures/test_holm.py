"""Holm's correction: his own example, and the rules that it keeps."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sarvl.measures.holm import holm

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_a_known_example():
    """The same values as R's ``p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm")``."""
    np.testing.assert_allclose(holm([0.01, 0.02, 0.03, 0.04, 0.05]), [0.05, 0.08, 0.09, 0.09, 0.09])
    np.testing.assert_allclose(holm([0.9, 0.001]), [0.9, 0.002])


@given(p_values)
def test_no_value_becomes_smaller_and_their_order_stays(values):
    corrected = holm(values)
    assert (corrected >= np.array(values)).all()
    assert (corrected <= 1).all()
    order = np.argsort(values, kind="stable")
    assert (np.diff(corrected[order]) >= 0).all()


@given(p_values, st.integers(0, 12))
def test_a_test_that_could_not_be_made_changes_nothing(values, place):
    with_none = np.insert(values, min(place, len(values)), np.nan)
    corrected = holm(with_none)
    np.testing.assert_array_equal(corrected[~np.isnan(with_none)], holm(values))
    assert np.isnan(corrected).sum() == 1

from decimal import ROUND_HALF_UP, Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from language_examples import annotated, ground, oriented, rich

from sarvl.language.words.measures import (
    amount_of,
    extent_m,
    oriented_size_m,
    percent_of,
    rounded_m,
    share_of,
    speckle_of,
    target_size_m,
)


@given(st.floats(0, 1e6))
def test_lengths_have_two_significant_digits_and_whole_metres(length_m):
    exact = Decimal(length_m)
    rounded = Context(prec=2, rounding=ROUND_HALF_UP).plus(exact) if exact >= 10 else round_to_metres(exact)
    assert rounded_m(length_m) == int(rounded)


def round_to_metres(exact: Decimal) -> Decimal:
    return exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("length_m", "rounded"),
    [(0.4, 0), (0.5, 1), (6.9, 7), (17.4, 17), (99.4, 99), (99.6, 100), (124.9, 120), (125, 130), (996, 1000)],
)
def test_lengths_at_the_borders(length_m, rounded):
    assert rounded_m(length_m) == rounded


@pytest.mark.parametrize(
    ("share", "amount"),
    [
        *((1.0, "dominant"), (0.5, "dominant"), (0.499, "large areas"), (0.2, "large areas"), (0.199, "some")),
        *((0.05, "some"), (0.049, "small amount"), (0.01, "small amount"), (0.0099, None), (0.0, None)),
    ],
)
def test_words_for_shares(share, amount):
    assert amount_of(share) == amount


@given(st.floats(0, 1))
def test_percent_is_the_nearest_multiple_of_five(share):
    assert percent_of(share) % 5 == 0
    assert abs(percent_of(share) - 100 * share) <= 2.5 + 1e-9


def test_percent_halves_go_up():
    assert [percent_of(share) for share in (0.024, 0.025, 0.125, 0.624, 0.625, 1.0)] == [0, 5, 15, 60, 65, 100]


@pytest.mark.parametrize(
    ("looks", "strength"),
    [(0.8, "strong"), (1, "strong"), (1.9, "strong"), (2, "moderate"), (8, "moderate"), (8.1, "weak"), (100, "weak")],
)
def test_speckle_by_looks(looks, strength):
    assert speckle_of(looks) == strength


def test_a_size_uses_the_spacing_of_rows_and_of_columns():
    lying, standing = oriented("ship", 100, 60, 40, 10, 0), oriented("ship", 60, 200, 40, 10, 90)
    image = rich([lying, standing], spacing_m=(2.0, 5.0))
    assert [oriented_size_m(image, index) for index in (0, 1)] == [(80, 50), (200, 20)]
    assert [extent_m(image, index) for index in (0, 1)] == [(50, 80), (200, 20)]


def test_the_box_of_a_diagonal_ship_is_not_its_size():
    image = rich([oriented("ship", 100, 100, 60, 10, 45)], spacing_m=(2.0, 2.0))
    assert oriented_size_m(image, 0) == (120, 20)
    assert extent_m(image, 0) == (98, 98)


@pytest.mark.parametrize(
    "box", [(0, 50, 30, 80), (50, 0.9, 90, 80), (260, 50, 299.5, 80), (50, 260, 80, 300), (50, 50, 80, 54.9)]
)
def test_what_reaches_the_border_or_is_too_small_is_not_measured(box):
    assert extent_m(annotated([("ship", box)], spacing_m=(1.0, 1.0)), 0) is None


def test_oriented_boxes_at_the_border_or_too_narrow_are_not_measured():
    items = [oriented("ship", 20, 50, 40, 10, 0), oriented("ship", 100, 100, 40, 4.9, 0)]
    image = rich(items, spacing_m=(1.0, 1.0))
    assert [oriented_size_m(image, index) for index in (0, 1)] == [None, None]


def test_without_spacing_or_corners_there_is_no_size():
    ship = oriented("ship", 100, 100, 40, 10, 0)
    assert oriented_size_m(rich([ship]), 0) is None
    assert extent_m(rich([ship]), 0) is None
    assert oriented_size_m(rich([ship._replace(corners=None)], spacing_m=(1.0, 1.0)), 0) is None


def test_the_declared_size_is_of_the_label():
    assert target_size_m(annotated([], label="cargo ship", target_size_m=(183.4, 32.2))) == (180, 32)
    assert target_size_m(annotated([], target_size_m=(183.4, 32.2))) is None
    assert target_size_m(annotated([], label="cargo ship", target_size_m=(183.4, 0.0))) is None  # AIS: not known


def test_share_of_a_class_that_is_not_there():
    image = annotated([], land_cover=ground(water=0.7, forest=0.3))
    assert [share_of(image, name) for name in ("forest", "road")] == [0.3, 0.0]

"""Measures: sizes in metres, shares of the ground and strengths of speckle, rounded as texts say them.

The families write by these rules, and ``verify`` holds texts to the same.
"""

from math import floor, hypot
from typing import Literal

from sarvl.annotations import AnnotatedImage, whole_pixels
from sarvl.language.geometry.oriented_box import axes_of

Amount = Literal["dominant", "large areas", "some", "small amount"]
SpeckleStrength = Literal["strong", "moderate", "weak"]

LEAST_SIDE_PX = 5  # an annotated edge is good to about a pixel; shorter sides are not measured
LEAST_SHARE = 0.01  # [SA2C] smaller shares of the ground are left out
PERCENT_STEP = 5

# [SA2C] of the ground, the least share of each.
_AMOUNTS: tuple[tuple[float, Amount], ...] = (
    (0.5, "dominant"),
    (0.2, "large areas"),
    (0.05, "some"),
    (LEAST_SHARE, "small amount"),
)
AMOUNTS = tuple(amount for _, amount in _AMOUNTS)
SPECKLE_STRENGTHS: tuple[SpeckleStrength, ...] = ("strong", "moderate", "weak")
_LEAST_LOOKS_OF_MODERATE = 2
_MOST_LOOKS_OF_MODERATE = 8


def rounded_m(length_m: float) -> int:
    """Return the length to two significant digits, in whole metres at the finest; halves go up."""
    step = 1
    while length_m >= 100 * step:
        step *= 10
    return floor(length_m / step + 0.5) * step


def oriented_size_m(image: AnnotatedImage, index: int) -> tuple[int, int] | None:
    """Return the rounded (length, width) of an object's oriented box; None where it cannot be measured.

    That is without corners or pixel spacing, with a side under ``LEAST_SIDE_PX``, and at the image's border, where the
    object may go on.
    """
    corners, spacing_m = image.objects[index].corners, image.spacing_m
    if corners is None or spacing_m is None or _is_at_border(image, index):
        return None
    axes = axes_of(corners)
    if hypot(*axes.short) < LEAST_SIDE_PX:
        return None
    row_m, column_m = spacing_m
    width_m, length_m = sorted(hypot(right * column_m, down * row_m) for right, down in axes)
    return _both_rounded_m(length_m, width_m)


def extent_m(image: AnnotatedImage, index: int) -> tuple[int, int] | None:
    """Return the rounded extent of an object's axis-aligned box (across, then down); None as ``oriented_size_m``."""
    if image.spacing_m is None or _is_at_border(image, index):
        return None
    xmin, ymin, xmax, ymax = whole_pixels(image.objects[index].box)
    if min(xmax - xmin, ymax - ymin) < LEAST_SIDE_PX:
        return None
    row_m, column_m = image.spacing_m
    return _both_rounded_m((xmax - xmin) * column_m, (ymax - ymin) * row_m)


def target_size_m(image: AnnotatedImage) -> tuple[int, int] | None:
    """Return the rounded (length, width) of the labelled target, as the source declares it, or None."""
    if image.label is None or image.target_size_m is None:
        return None
    return _both_rounded_m(*image.target_size_m)


def share_of(image: AnnotatedImage, class_name: str) -> float:
    """Return the share (0 to 1) of the image's ground that a class covers; 0 where its land cover has none."""
    return next((item.share for item in image.land_cover if item.class_name == class_name), 0.0)


def amount_of(share: float) -> Amount | None:
    """Return the word for a share of the ground; None below ``LEAST_SHARE``."""
    return next((amount for least, amount in _AMOUNTS if share >= least), None)


def percent_of(share: float) -> int:
    """Return a share in percent, to the nearest multiple of ``PERCENT_STEP``; halves go up."""
    return floor(share * 100 / PERCENT_STEP + 0.5) * PERCENT_STEP


def speckle_of(looks: float) -> SpeckleStrength:
    """Return how strong speckle is: strong below 2 looks, moderate from 2 to 8, weak above."""
    if looks < _LEAST_LOOKS_OF_MODERATE:
        return "strong"
    return "moderate" if looks <= _MOST_LOOKS_OF_MODERATE else "weak"


def _both_rounded_m(first_m: float, second_m: float) -> tuple[int, int] | None:
    both = rounded_m(first_m), rounded_m(second_m)
    return both if min(both) > 0 else None


def _is_at_border(image: AnnotatedImage, index: int) -> bool:
    xmin, ymin, xmax, ymax = whole_pixels(image.objects[index].box)
    return xmin < 1 or ymin < 1 or xmax >= image.width - 1 or ymax >= image.height - 1

"""Objects of outlines: polygons of one object, and the box, the oriented box and the pixels that they give."""

from collections.abc import Sequence
from typing import Literal

from sarvl.annotations.annotated_image import AnnotatedObject, Box
from sarvl.annotations.parsing.coco_masks import Mask, measure_masks, polygon_corners
from sarvl.annotations.parsing.corners import MAX_COORDINATE

Point = tuple[float, float]
OutlineCorners = Literal["none", "polygons"]
_FEWEST_POINTS = 3


def box_around(points: Sequence[Point]) -> Box:
    """Return the box around points; ValueError where there is none, or one is not finite."""
    if not points or not all(abs(value) < MAX_COORDINATE for point in points for value in point):
        raise ValueError(f"points {str(list(points))[:80]} are none, not finite or too large")
    xs, ys = zip(*points, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def object_of_outlines(
    name: str, outlines: Sequence[Sequence[Point]], size: tuple[int, int] | None, corners: OutlineCorners
) -> AnnotatedObject:
    """Return the object that one outline or several enclose: box, area in pixels where ``size`` is known, and corners.

    corners: with ``polygons``, four points are the oriented box itself, others give the smallest rectangle around them.
    ValueError where an outline has fewer than three points, or one is not finite.
    """
    if any(len(outline) < _FEWEST_POINTS for outline in outlines):
        raise ValueError("an outline has fewer than three points")
    box = box_around([point for outline in outlines for point in outline])
    polygons = [[value for point in outline for value in point] for outline in outlines]
    mask = measure_masks([polygons], *size)[0] if size else None
    area = mask.area_px if isinstance(mask, Mask) and mask.area_px else None
    return AnnotatedObject(name, box, polygon_corners(polygons) if corners == "polygons" else None, area)

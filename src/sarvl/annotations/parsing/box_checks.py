"""Boxes held against their image: clipped where they reach out of it, refused where nothing is left."""

from math import floor, isfinite

from sarvl.annotations.annotated_image import AnnotatedObject, Box, Corners
from sarvl.annotations.parsing.corners import MAX_COORDINATE, area_of, hull_of

MIN_AREA_PX = 1e-6  # less is rounding: the corners lie on one line


def whole_pixels(box: Box) -> tuple[int, int, int, int]:
    """Return the floor of each edge: VOC files hold the floor of what COCO files of the same set hold as floats."""
    return floor(box.xmin), floor(box.ymin), floor(box.xmax), floor(box.ymax)


def check_object(item: AnnotatedObject, width: int, height: int) -> tuple[AnnotatedObject | None, str | None]:
    """Return the object with its box inside a ``width`` x ``height`` image, or None, and what was wrong, or None.

    Corners stay as they are: an oriented box may lean out of its image. Malformed ones are left out where the object
    has a box of its own; one that lies elsewhere than its box is refused.
    """
    malformed = malformed_corners(item.corners) if item.corners else None
    if malformed and item.corners and hull_of(item.corners) != item.box:  # the box is better than they are
        kept, problem = check_object(item._replace(corners=None), width, height)
        return kept, "; ".join(filter(None, [problem, f"{malformed}: left out" if kept else None]))
    refused = malformed or (corners_outside(item.corners, width, height) if item.corners else None)
    if refused:
        return None, refused
    box, problem = check_box(item.box, width, height)
    return (item._replace(box=box) if box else None), problem


def check_box(box: Box, width: int, height: int) -> tuple[Box | None, str | None]:
    """Return the box inside a ``width`` x ``height`` image, or None, and what was wrong with it, or None."""
    shown = f"({box.xmin:g}, {box.ymin:g}, {box.xmax:g}, {box.ymax:g})"
    if not all(isfinite(edge) for edge in box):
        return None, f"box {shown} is not finite"
    if box.xmax <= box.xmin or box.ymax <= box.ymin:
        return None, f"box {shown} has no area"
    inside = Box(max(box.xmin, 0.0), max(box.ymin, 0.0), min(box.xmax, float(width)), min(box.ymax, float(height)))
    if inside.xmax <= inside.xmin or inside.ymax <= inside.ymin:
        return None, f"box {shown} lies outside the image of {width} x {height}"
    return inside, f"box {shown} clipped to the image of {width} x {height}" if inside != box else None


def malformed_corners(corners: Corners) -> str | None:
    """Return why corners are no oriented box, or None."""
    if not all(abs(value) < MAX_COORDINATE for value in corners):
        return f"{_shown(corners)} are not finite, or too large"
    return f"{_shown(corners)} enclose no area" if area_of(corners) < MIN_AREA_PX else None


def corners_outside(corners: Corners, width: int, height: int) -> str | None:
    """Return that an oriented box lies outside a ``width`` x ``height`` image, or None."""
    hull = hull_of(corners)
    if hull.xmax <= 0 or hull.ymax <= 0 or hull.xmin >= width or hull.ymin >= height:
        return f"{_shown(corners)} lie outside the image of {width} x {height}"
    return None


def _shown(corners: Corners) -> str:
    return f"corners ({', '.join(f'{value:g}' for value in corners)})"


def in_order(objects: list[AnnotatedObject]) -> tuple[AnnotatedObject, ...]:
    """Return the objects sorted by class and whole pixels, so that every format gives them the same ids."""
    return tuple(sorted(objects, key=lambda item: (item.class_name, whole_pixels(item.box), item.box)))

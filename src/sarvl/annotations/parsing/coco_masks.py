"""COCO segmentations: polygons and run lengths, checked before the C code of pycocotools sees them."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any, NamedTuple

import cv2
import numpy as np
from pycocotools import mask as coco_mask

from sarvl.annotations.annotated_image import Box, Corners
from sarvl.annotations.parsing.corners import corners_of
from sarvl.imagery import MAX_PIXELS

MAX_POLYGON_COORDINATE = 2**28  # five times this still fits the 32 bits of the C code
MAX_OUTLINE_PX = 2**20  # length of one polygon; the C code takes 120 bytes a pixel of it
_BATCH = 255  # pycocotools.mask.area counts its masks in a byte, and fails on more (2.0.11 with numpy 2)
_MAX_SHIFT = 30  # a run length has at most seven groups of five bits


class Mask(NamedTuple):
    """The pixels of one object: how many there are, and the box around them."""

    area_px: float
    box: Box


def measure_masks(segmentations: Sequence[Any], width: int, height: int) -> list[Mask | str | None]:
    """Return the mask of each ``segmentation`` of one image, None where it is empty, or why it cannot be read.

    Pixels are those of pycocotools: a polygon covers what its rasteriser fills, several polygons their union, cut to
    the image. The box of a mask without pixels has no area.
    Source: COCO data format, object detection; RemoteCLIP (Liu et al. 2024) for the box of a mask, M2B.
    """
    checked = [_run_lengths_or_reason(segmentation, width, height) for segmentation in segmentations]
    masks = _measure([item for item in checked if isinstance(item, dict)])
    return [next(masks) if isinstance(item, dict) else item for item in checked]


def polygon_corners(segmentation: Any) -> Corners | None:
    """Return the oriented box of checked polygons, None where the mask is not given as polygons.

    One polygon of four points (or five, the last closing it) is the box itself; any other gives the smallest rectangle
    around all points.
    """
    if not isinstance(segmentation, list) or not any(segmentation):
        return None
    first = segmentation[0]
    closed = len(first) == 10 and first[8:] == first[:2]
    if len(segmentation) == 1 and (len(first) == 8 or closed):
        return corners_of([float(value) for value in first[:8]])
    points = np.concatenate([np.reshape(polygon, (-1, 2)) for polygon in segmentation]).astype(np.float64)  # (N, 2)
    origin = points[0]  # OpenCV computes in float32: near zero nothing is lost
    rectangle = cv2.minAreaRect((points - origin).astype(np.float32))
    return corners_of((cv2.boxPoints(rectangle) + origin).ravel().tolist())


def _measure(runs: list[dict[str, Any]]) -> Iterator[Mask]:
    for start in range(0, len(runs), _BATCH):
        batch = runs[start : start + _BATCH]
        boxes = coco_mask.toBbox(batch).tolist()
        for area, (x, y, width, height) in zip(coco_mask.area(batch).tolist(), boxes, strict=True):
            yield Mask(float(area), Box(x, y, x + width, y + height))


def _run_lengths_or_reason(segmentation: Any, width: int, height: int) -> dict[str, Any] | str | None:
    try:
        return run_lengths_of(segmentation, width, height)
    except ValueError as problem:
        return f"segmentation: {problem}"


def run_lengths_of(segmentation: Any, width: int, height: int) -> dict[str, Any] | None:
    """Return compressed run lengths as pycocotools has them, None for no mask; ValueError with the reason."""
    if not segmentation or (isinstance(segmentation, list) and not any(segmentation)):
        return None
    if width * height > MAX_PIXELS:
        raise ValueError(f"the image of {width} x {height} has more than {MAX_PIXELS} pixels")
    if isinstance(segmentation, list):
        for polygon in segmentation:
            _check_polygon(polygon)
        runs = coco_mask.frPyObjects(segmentation, height, width)
        merged: dict[str, Any] = coco_mask.merge(runs) if len(runs) > 1 else runs[0]
        return merged
    if not isinstance(segmentation, dict):
        raise ValueError("neither polygons nor run lengths")
    counts = _counts(segmentation, width, height)
    compressed: dict[str, Any] = coco_mask.frPyObjects({"size": [height, width], "counts": counts}, height, width)
    return compressed


def _check_polygon(polygon: Any) -> None:
    """Raise ValueError where a polygon is not x, y of three points or more, or is beyond what may be drawn."""
    if not isinstance(polygon, list) or len(polygon) < 6 or len(polygon) % 2:
        raise ValueError("a polygon is not x, y of three points or more")
    if not {type(value) for value in polygon} <= {int, float}:
        raise ValueError("a polygon holds what is not a number")
    lowest, highest = min(polygon), max(polygon)
    reach = max(highest, -lowest)
    if not reach < MAX_POLYGON_COORDINATE or not isfinite(sum(polygon)):  # NaN may hide from max and min
        raise ValueError("a polygon holds a number that is not finite, or too large")
    if len(polygon) * reach > MAX_OUTLINE_PX and _outline_px(polygon) > MAX_OUTLINE_PX:
        raise ValueError(f"a polygon is longer than {MAX_OUTLINE_PX} pixels")


def _outline_px(polygon: list[float]) -> float:
    """Return how many pixels the C code steps along a polygon; its length times its largest number is never less."""
    xs, ys = polygon[::2], polygon[1::2]
    steps = zip(xs, xs[1:] + xs[:1], ys, ys[1:] + ys[:1], strict=True)
    return sum(max(abs(x2 - x1), abs(y2 - y1)) for x1, x2, y1, y2 in steps)


def _counts(segmentation: dict[str, Any], width: int, height: int) -> list[int]:
    """Return the run lengths of a mask, background first; ValueError where they do not fill the image exactly."""
    if segmentation.get("size") != [height, width]:
        raise ValueError(f"run lengths of size {str(segmentation.get('size'))[:40]}, not {[height, width]} (h, w)")
    counts = segmentation.get("counts")
    if isinstance(counts, str):
        counts = _decompressed(counts)
    if not isinstance(counts, list) or {type(count) for count in counts} != {int}:
        raise ValueError("run lengths are not whole numbers")
    if min(counts) < 0 or 0 in counts[1:]:
        raise ValueError("a run length is negative, or zero past the first")
    if sum(counts) != width * height:
        raise ValueError(f"run lengths add up to {sum(counts)}, not to the image's {width * height} pixels")
    return counts


def _decompressed(text: str) -> list[int]:
    """Return the run lengths of compressed ``counts``: five bits a character, from the fourth as change to two before.

    Source: rleToString of the COCO API; ValueError for what it cannot have written.
    """
    counts: list[int] = []
    value = shift = 0
    for number, character in enumerate(text):
        digit = ord(character) - 48
        if not 0 <= digit < 64 or shift > _MAX_SHIFT:
            raise ValueError(f"character {number} of the compressed run lengths is none of theirs")
        value |= (digit & 31) << shift
        shift += 5
        if digit & 32:  # more follow
            continue
        if digit & 16:
            value -= 1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
        value = shift = 0
    if shift:
        raise ValueError("compressed run lengths end within a number")
    return counts

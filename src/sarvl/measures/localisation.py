"""Semantic localisation: a map of where a text fits an image, from the similarity of tiles, and how well it is placed.

Tiles, map and the four measures are those of SeLo (Yuan et al. 2022, Learning to Evaluate Performance of Multimodal
Semantic Localization, repository xiaoyuan1996/SemanticLocalizationMetrics), which SARVLM reports on AIR-SLT. A map here
is not kept as a JPEG between being made and being scored, as theirs is.
"""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import maximum_filter

from sarvl.errors import EvaluationError

Map = NDArray[np.float64]
Polygon = Sequence[tuple[float, float]]
"""Corners of a region as x, y in pixels."""

_BETA, _EPSILON = 0.707, 1e-7
_REACH = 1.5  # of the mean distance of the corners: the radius of a region
_STEEPNESS = 3
_SPREAD = 0.5
_WEIGHTS = {"rsu": 0.4, "ras": 0.35, "rda": 0.25}
_LEAST_PEAK = 0.5
_FARTHEST = 1e6  # no image is so wide; farther corners are no pixels


class MapSettings(NamedTuple):
    """How a map is smoothed and its peaks are found, in pixels; by default as published.

    blur: of the median filter of the map. softening, times: the box filter before peaks are looked for, and how often
    it is used. window: in which a peak is the highest point.
    """

    blur: int = 251
    softening: int = 50
    times: int = 5
    window: int = 1000


PUBLISHED = MapSettings()


class Localisation(NamedTuple):
    """How well a map lies on the regions.

    rsu: how much of it lies in them (more is better). ras: how far its peaks are from their centres (less is better).
    rda: how much it gathers in one peak (more is better). rmi: .4 rsu + .35 (1 - ras) + .25 rda. pointing: whether its
    highest point lies in a region.
    """

    rsu: float
    ras: float
    rda: float
    rmi: float
    pointing: float


def tiles_of(width: int, height: int, sides: Sequence[int]) -> NDArray[np.int64]:
    """Return the tiles of an image, each once: ``(T, 4)``, x0, y0, x1 and y1.

    sides: of the square tiles. Of each there are two passes, from the corner and from half a tile further; those that
    would reach beyond the image are moved back to its edge. An image that is smaller than a tile is that tile.
    """
    tiles: dict[tuple[int, int, int, int], None] = {}
    for side in sides:
        for offset in (0, side - side // 2):
            for x0, x1 in _spans(width, side, offset):
                tiles.update(dict.fromkeys((x0, y0, x1, y1) for y0, y1 in _spans(height, side, offset)))
    return np.array(list(tiles), np.int64).reshape(-1, 4)


def _spans(length: int, side: int, offset: int) -> list[tuple[int, int]]:
    """Return where tiles begin and end along a side of the image."""
    starts = [start if start + side < length else max(length - side, 0) for start in range(offset, length, side)]
    return [(start, min(start + side, length)) for start in starts]


def heat_map(similarities: ArrayLike, tiles: NDArray[np.int64], width: int, height: int) -> Map:
    """Return ``(H, W)``: of each pixel the mean similarity of the tiles that show it; 0 where none does.

    similarities: ``(T,)``. tiles: ``(T, 4)`` of ``tiles_of``. Tiles are added in their order, on the cells between
    their edges instead of on pixels: the values are those of a loop over all pixels, to the last bit.
    """
    xs, ys = (
        np.unique(np.concatenate([tiles[:, side], tiles[:, side + 2], [0, end]]))
        for side, end in ((0, width), (1, height))
    )
    total, count = np.zeros((len(ys) - 1, len(xs) - 1)), np.zeros((len(ys) - 1, len(xs) - 1))
    edges = np.stack([np.searchsorted(axis, tiles[:, side]) for side, axis in enumerate((xs, ys, xs, ys))], axis=1)
    for similarity, (x0, y0, x1, y1) in zip(np.asarray(similarities, np.float64), edges, strict=True):
        total[y0:y1, x0:x1] += similarity
        count[y0:y1, x0:x1] += 1
    cells = np.divide(total, count, out=np.zeros_like(total), where=count > 0)
    return np.repeat(np.repeat(cells, np.diff(xs), axis=1), np.diff(ys), axis=0)


def probability_map(heat: Map, blur: int = PUBLISHED.blur) -> Map:
    """Return a map from 0 to 1: stretched between its ends, in 256 levels, and blurred by a median of ``blur`` pixels.

    A map that is the same everywhere points nowhere: it is 0.
    """
    low, high = float(heat.min()), float(heat.max())
    if high == low:
        return np.zeros_like(heat)
    stretched = heat - low
    levels = (255 * (stretched / stretched.max())).astype(np.uint8)
    return np.asarray(cv2.medianBlur(levels, blur) / 255.0)


def localisation(probability: Map, regions: Sequence[Polygon], settings: MapSettings = PUBLISHED) -> Localisation:
    """Return the measures of a map ``(H, W)`` of 0 to 1 for the regions that the text means.

    Raises EvaluationError where there is no region, or one has no area within the image.
    """
    mask = region_mask(probability.shape, regions)
    peaks = peaks_of(probability, settings)
    circles = [_circle(region) for region in regions]
    rsu = _rsu(probability, mask)
    ras, rda = _ras(circles, peaks), float(np.mean([_gathering(circle, peaks) for circle in circles]))
    rmi = _WEIGHTS["rsu"] * rsu + _WEIGHTS["ras"] * (1 - ras) + _WEIGHTS["rda"] * rda
    highest = np.unravel_index(int(probability.argmax()), probability.shape)
    return Localisation(rsu, ras, rda, rmi, float(mask[highest] > 0 and probability[highest] > 0))


def region_mask(shape: tuple[int, ...], regions: Sequence[Polygon]) -> Map:
    """Return ``(H, W)``, 1 in the regions; EvaluationError where that is nowhere or everywhere."""
    mask = _drawn(shape, regions)
    if not 0 < mask.sum() < mask.size:
        raise EvaluationError(
            f"localisation: the regions cover {int(mask.sum())} of {mask.size} pixels; give some within the image"
        )
    return mask


def are_within(shape: tuple[int, ...], regions: Sequence[Polygon]) -> bool:
    """Tell whether regions, each of some extent in an image of ``(H, W)`` pixels, cover a part of it and not all."""
    if not all(_has_extent(shape, region) for region in regions):
        return False
    mask = _drawn(shape, regions)
    return bool(0 < mask.sum() < mask.size)


def _has_extent(shape: tuple[int, ...], region: Polygon) -> bool:
    """Tell whether a region meets an image of ``(H, W)`` pixels, and is large enough for its circle."""
    corners = np.array(region, np.float64)
    if np.abs(corners).max() > _FARTHEST:
        return False
    meets = (corners.max(axis=0) > 0).all() and (corners.min(axis=0) < (shape[1], shape[0])).all()
    return bool(meets) and _radius(corners) >= 1


def _drawn(shape: tuple[int, ...], regions: Sequence[Polygon]) -> Map:
    mask = np.zeros(shape)
    cv2.fillPoly(mask, [np.array(region).astype(np.int32) for region in regions], 1)
    return mask


def _rsu(probability: Map, mask: Map) -> float:
    inside, total = float((probability * mask).sum()), float(probability.sum())
    ratio = inside / (total - inside + _EPSILON) * ((mask.size - mask.sum()) / mask.sum())
    return float(1 - np.exp(-_BETA * ratio))


def peaks_of(probability: Map, settings: MapSettings = PUBLISHED) -> NDArray[np.float64]:
    """Return the peaks ``(P, 2)`` as x, y: middles of what is highest in its window, where the map is .5 or more."""
    soft = np.asarray(probability * 255.0, np.uint8)
    for _ in range(settings.times):
        soft = np.asarray(cv2.boxFilter(soft, -1, (settings.softening, settings.softening)), np.uint8)
    highest = ((maximum_filter(soft, size=settings.window) == soft) & (soft > 0)).astype(np.uint8)
    _, _, _, middles = cv2.connectedComponentsWithStats(highest, connectivity=8)
    peaks = middles[1:].astype(np.int64)  # the first is what is no peak
    return np.asarray(peaks[probability[peaks[:, 1], peaks[:, 0]] >= _LEAST_PEAK], np.float64)


class _Circle(NamedTuple):
    x: int
    y: int
    radius: int


def _circle(region: Polygon) -> _Circle:
    """Return the middle of the corners of a region and its radius, in whole pixels, cut."""
    corners = np.array(region, np.float64)
    x, y = _middle(corners)
    radius = _radius(corners)
    if radius < 1:
        raise EvaluationError(f"localisation: a region at {x}, {y} has no area; give its corners in pixels")
    return _Circle(x, y, radius)


def _middle(corners: NDArray[np.float64]) -> tuple[int, int]:
    x, y = corners.sum(axis=0) / len(corners)
    return int(x), int(y)


def _radius(corners: NDArray[np.float64]) -> int:
    return int(np.linalg.norm(corners - _middle(corners), axis=1).mean() * _REACH)


def _within(circle: _Circle, peaks: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the peaks within a circle, and their distances from its middle."""
    distances = np.linalg.norm(peaks - (circle.x, circle.y), axis=1)
    return peaks[distances <= circle.radius], distances[distances <= circle.radius]


def _ras(circles: Sequence[_Circle], peaks: NDArray[np.float64]) -> float:
    shares = []
    for circle in circles:
        _, distances = _within(circle, peaks)
        shares.append(distances.mean() / circle.radius if len(distances) else 1.0)
    return float(np.expm1(_STEEPNESS * np.mean(shares)) / np.expm1(_STEEPNESS))


def _gathering(circle: _Circle, peaks: NDArray[np.float64]) -> float:
    inside, _ = _within(circle, peaks)
    if len(inside) <= 1:
        return float(len(inside))
    spread = np.linalg.norm(inside - inside.mean(axis=0), axis=1).mean() / circle.radius
    return float(_SPREAD * (1 - spread) + np.exp(-_SPREAD * (len(inside) + 2)))

"""Groups: which images were cut from one scene, so that a split cannot part them."""

import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from sarvl.annotations.annotated_image import AnnotatedImage
from sarvl.annotations.source import Grouping, Source
from sarvl.errors import AnnotationError
from sarvl.imagery import read_position

EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG


def groups_of(images: Sequence[AnnotatedImage], source: Source) -> list[str | None]:
    """Return one group name an image, or None for each where the source declares no ``group``.

    Raises AnnotationError where a file does not match the pattern, or an image that is grouped by distance has no
    position.
    """
    grouping = source.group
    if grouping is None:
        return [None] * len(images)
    if grouping.image_size is not None:
        return [_of_size(image, grouping) for image in images]
    if grouping.pattern is None:
        return _on_the_ground(images, source, grouping)
    return _in_scenes(images, source, grouping, grouping.pattern)


def _of_size(image: AnnotatedImage, grouping: Grouping) -> str:
    sides = (image.width, image.height)
    width, height = sorted(sides) if grouping.image_size == "unordered" else sides
    classes = [image.label] if image.label else sorted({each.class_name for each in image.objects})
    return " ".join([f"{width} x {height}", *(classes if grouping.within_class else ())])


def _in_scenes(images: Sequence[AnnotatedImage], source: Source, grouping: Grouping, pattern: str) -> list[str | None]:
    matches = _matches(images, source, pattern)
    scenes = ["_".join(_scene_parts(match)) for match in matches]
    if grouping.overlap_px is None:
        return list(scenes)
    corners = np.array([_corner(match) for match in matches], float).reshape(-1, 2)
    if grouping.block_px:
        blocks = np.floor(corners / grouping.block_px).astype(int).tolist()
        return [f"{scene}_{row}_{column}" for scene, (row, column) in zip(scenes, blocks, strict=True)]
    groups: list[str | None] = [None] * len(images)
    for scene, rows in _rows_of(scenes).items():
        for row, label in zip(rows, _components(corners[rows], *_reach(grouping)), strict=True):
            groups[row] = f"{scene}_{label}"
    return groups


def neighbours_of(images: Sequence[AnnotatedImage], source: Source) -> NDArray[np.int64]:
    """Return pairs (P, 2) of an image and another that is nearer than ``overlap_px`` or ``distance_m``, both ways.

    Of the neighbours at one position only the first is named. A source without ``group``, or that groups by size, has
    none.
    """
    grouping = source.group
    if grouping is None or grouping.image_size is not None:
        return np.zeros((0, 2), np.int64)
    if grouping.pattern is None:
        return _near_pairs(_points(_positions(images, source)), *_reach(grouping))
    matches = _matches(images, source, grouping.pattern)
    corners = np.array([_corner(match) for match in matches], float).reshape(-1, 2)
    scenes = _rows_of(["_".join(_scene_parts(match)) for match in matches]).values()
    return np.concatenate(
        [np.zeros((0, 2), int), *(np.array(rows)[_near_pairs(corners[rows], *_reach(grouping))] for rows in scenes)]
    )


def _matches(images: Sequence[AnnotatedImage], source: Source, pattern: str) -> list[re.Match[str]]:
    matches = []
    for image in images:
        match = re.search(pattern, image.file)
        if match is None:
            raise AnnotationError(
                f"{image.file}: `group.pattern` of source {source.name} does not match; correct the pattern, "
                "or leave `group` out where file names tell no scene"
            )
        matches.append(match)
    return matches


def _reach(grouping: Grouping) -> tuple[float, float]:
    """Return the largest distance of neighbours and its norm: of corners in pixels, or of points in space in metres."""
    if grouping.overlap_px:
        # Corners are integers: the Chebyshev distance is below overlap_px exactly where patches overlap on both axes.
        return grouping.overlap_px - 0.5, np.inf
    assert grouping.distance_m is not None  # the model of a recipe holds that it is one of the two
    # The straight line through the Earth that belongs to a way of distance_m on it.
    return 2 * EARTH_RADIUS_M * float(np.sin(min(grouping.distance_m / (2 * EARTH_RADIUS_M), np.pi / 2))), 2


def _on_the_ground(images: Sequence[AnnotatedImage], source: Source, grouping: Grouping) -> list[str | None]:
    positions = _positions(images, source)
    if grouping.block_m is None:
        return [f"place {label}" for label in _components(_points(positions), *_reach(grouping))]
    longitude, latitude = positions.T  # (N,) each
    row = np.floor(EARTH_RADIUS_M * latitude / grouping.block_m)
    parallel_m = EARTH_RADIUS_M * np.cos((row + 0.5) * grouping.block_m / EARTH_RADIUS_M)  # radius of the row's middle
    column = np.floor(parallel_m * longitude / grouping.block_m)
    return [f"block {row:.0f} {column:.0f}" for row, column in zip(row.tolist(), column.tolist(), strict=True)]


def _positions(images: Sequence[AnnotatedImage], source: Source) -> NDArray[np.float64]:
    """Return longitude and latitude (N, 2) of the images' centres in radians."""
    degrees = []
    for image in images:
        position = image.position or read_position(image.path)
        if position is None:
            raise AnnotationError(
                f"{image.file}: has no position, but source {source.name} groups by distance_m; group by pattern"
            )
        degrees.append(position)
    positions: NDArray[np.float64] = np.radians(np.array(degrees, float).reshape(-1, 2))
    return positions


def _points(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points (N, 3) in space, in metres from the Earth's centre, of longitude and latitude (N, 2) in radians."""
    longitude, latitude = positions.T
    flat = np.cos(latitude)
    return EARTH_RADIUS_M * np.stack([flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude)], 1)


def _scene_parts(match: re.Match[str]) -> list[str]:
    return [value or "" for key, value in sorted(match.groupdict().items()) if key not in {"row", "column"}]


def _corner(match: re.Match[str]) -> tuple[float, float]:
    try:
        return float(int(match["row"])), float(int(match["column"]))
    except (TypeError, ValueError, OverflowError) as problem:
        raise AnnotationError(
            f"{match.string}: row {match['row']!r} and column {match['column']!r} of `group.pattern` are not two whole "
            "numbers; correct the pattern"
        ) from problem


def _rows_of(scenes: list[str]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = defaultdict(list)
    for row, scene in enumerate(scenes):
        rows[scene].append(row)
    return rows


def _components(points: NDArray[np.float64], distance: float, norm: float) -> list[int]:
    """Return a number a point (N, D), shared by points within ``distance`` (p-norm) directly or through others."""
    # Each position once: k images of one position would be k * k / 2 pairs.
    positions, position_of = np.unique(points, axis=0, return_inverse=True)
    pairs = KDTree(positions).query_pairs(distance, p=norm, output_type="ndarray")  # (P, 2)
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(positions), len(positions)))
    labels = connected_components(links, directed=False)[1][position_of.ravel()]  # (N,)
    _, first, number_of = np.unique(labels, return_index=True, return_inverse=True)
    return [int(number) for number in np.argsort(np.argsort(first))[number_of]]  # in the order of the points


def _near_pairs(points: NDArray[np.float64], distance: float, norm: float) -> NDArray[np.int64]:
    """Return pairs (P, 2) of points (N, D) within ``distance``, each with the first of every other position."""
    positions, first_at, position_of = np.unique(points, axis=0, return_index=True, return_inverse=True)
    pairs = KDTree(positions).query_pairs(distance, p=norm, output_type="ndarray")  # (P, 2)
    both = np.concatenate([pairs, pairs[:, ::-1]])
    links = coo_array(
        (np.ones(len(both), bool), (both[:, 0], both[:, 1])), shape=(len(positions), len(positions))
    ).tocsr()
    point, position = links[position_of.ravel()].nonzero()
    return np.stack([point, first_at[position]], axis=1)

"""Groups: which images were cut from one scene, so that a split cannot part them."""

import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
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
    if source.group is None:
        return [None] * len(images)
    if source.group.pattern is None:
        return _near(images, source)
    pattern = re.compile(source.group.pattern)
    matches = [pattern.search(image.file) for image in images]
    for image, match in zip(images, matches, strict=True):
        if match is None:
            raise AnnotationError(
                f"{image.file}: `group.pattern` of source {source.name} does not match; correct the pattern"
            )
    scenes = ["_".join(_scene_parts(match)) for match in matches if match]
    if source.group.overlap_px is None:
        return list(scenes)
    return _overlapping(scenes, [m for m in matches if m], source.group)


def _near(images: Sequence[AnnotatedImage], source: Source) -> list[str | None]:
    """Join images whose centres lie nearer than ``distance_m``, through any chain of others."""
    assert source.group is not None and source.group.distance_m is not None
    degrees = []
    for image in images:
        position = image.position or read_position(image.path)
        if position is None:
            raise AnnotationError(
                f"{image.file}: has no position, but source {source.name} groups by distance_m; group by pattern"
            )
        degrees.append(position)
    longitude, latitude = np.radians(np.array(degrees, float).reshape(-1, 2)).T  # (N,) each
    flat = np.cos(latitude)
    points = EARTH_RADIUS_M * np.stack([flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude)], 1)
    # The straight line through the Earth that belongs to a way of distance_m on it.
    straight_m = 2 * EARTH_RADIUS_M * np.sin(min(source.group.distance_m / (2 * EARTH_RADIUS_M), np.pi / 2))
    return [f"place {label}" for label in _components(points, straight_m, 2)]


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


def _overlapping(scenes: list[str], matches: list[re.Match[str]], grouping: Grouping) -> list[str | None]:
    """Join patches of a scene that lie nearer than ``overlap_px`` on both axes, through any chain of others."""
    members: dict[str, list[int]] = defaultdict(list)
    for index, scene in enumerate(scenes):
        members[scene].append(index)
    groups: list[str | None] = [None] * len(scenes)
    for scene, indices in members.items():
        corners = np.array([_corner(matches[i]) for i in indices], float)  # (N, 2)
        # Corners are integers: the Chebyshev distance is below overlap_px exactly where patches overlap on both axes.
        labels = _components(corners, float(grouping.overlap_px or 0) - 0.5, np.inf)
        for index, label in zip(indices, labels, strict=True):
            groups[index] = f"{scene}_{label}"
    return groups


def _components(points: np.ndarray, distance: float, norm: float) -> list[int]:
    """Return a number a point (N, D), shared by points within ``distance`` (p-norm) directly or through others."""
    # Each place once: k images of one place would be k * k / 2 pairs.
    places, place_of = np.unique(points, axis=0, return_inverse=True)
    pairs = KDTree(places).query_pairs(distance, p=norm, output_type="ndarray")  # (P, 2)
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(places), len(places)))
    labels = connected_components(links, directed=False)[1][place_of.ravel()]  # (N,)
    _, first, number_of = np.unique(labels, return_index=True, return_inverse=True)
    return [int(number) for number in np.argsort(np.argsort(first))[number_of]]  # in the order of the points

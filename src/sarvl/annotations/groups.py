"""Groups: which images were cut from one scene, so that a split cannot part them."""

import re
from collections import defaultdict

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from sarvl.annotations.source import Grouping, Source
from sarvl.errors import AnnotationError


def groups_of(files: list[str], source: Source) -> list[str | None]:
    """Return one group name a file (relative path), or None for each where the source declares no ``group``.

    Raises AnnotationError where a file does not match the pattern.
    """
    if source.group is None:
        return [None] * len(files)
    pattern = re.compile(source.group.pattern)
    matches = [pattern.search(file) for file in files]
    for file, match in zip(files, matches, strict=True):
        if match is None:
            raise AnnotationError(
                f"{file}: `group.pattern` of source {source.name} does not match; correct the pattern"
            )
    scenes = ["_".join(_scene_parts(match)) for match in matches if match]
    if source.group.overlap_px is None:
        return list(scenes)
    return _overlapping(scenes, [m for m in matches if m], source.group)


def _scene_parts(match: re.Match[str]) -> list[str]:
    return [value or "" for key, value in sorted(match.groupdict().items()) if key not in {"row", "column"}]


def _overlapping(scenes: list[str], matches: list[re.Match[str]], grouping: Grouping) -> list[str | None]:
    """Join patches of a scene that lie nearer than ``overlap_px`` on both axes, through any chain of others."""
    members: dict[str, list[int]] = defaultdict(list)
    for index, scene in enumerate(scenes):
        members[scene].append(index)
    groups: list[str | None] = [None] * len(scenes)
    for scene, indices in members.items():
        corners = np.array([(int(matches[i]["row"]), int(matches[i]["column"])) for i in indices], float)  # (N, 2)
        labels = _components(corners, float(grouping.overlap_px or 0))
        for index, label in zip(indices, labels, strict=True):
            groups[index] = f"{scene}_{label}"
    return groups


def _components(corners: np.ndarray, overlap_px: float) -> list[int]:
    # The Chebyshev distance is below overlap_px exactly where two patches overlap on both axes; corners are integers.
    pairs = KDTree(corners).query_pairs(overlap_px - 0.5, p=np.inf, output_type="ndarray")  # (P, 2)
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(corners), len(corners)))
    return [int(label) for label in connected_components(links, directed=False)[1]]

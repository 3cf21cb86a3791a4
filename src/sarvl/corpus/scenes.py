"""What a corpus knows of scenes: which sources name none, and which patches overlap by the positions in their names."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.spatial import KDTree

UNKNOWN = "scenes unknown: split image by image"
WHERE_TO_LOOK = "Name them by `group` in the recipe; docs/sets.md lists the sets whose file names carry a scene"
_SCENE = r"(?:(?P<scene>[^/]*?)[_-])?"
_LAST = r"(?:[_-][A-Za-z]{1,10})?\.\w+$"  # a polarisation or another word, and the ending
_ROW, _COLUMN = r"(?P<row>\d{1,6})", r"(?P<column>\d{1,6})"
_END = r"(\d{1,6})"

_SPARSE = 0.5  # the most of the whole numbers in a range that positions take; numbers of tiles take nearly all


class _Form(NamedTuple):
    """A way to write a position into a name.

    ends: of a form with two more numbers, how those are taken from its parts behind the scene: from (row, row end,
    column, column end), say, or none. is_sizes: whether they are height and width, not ends.
    """

    position: str
    ends: tuple[int, int, int, int] | None = None
    is_sizes: bool = False

    def pattern(self, *, with_folder: bool = False) -> str:
        """Return the regular expression for a relative path, as ``group`` of a recipe takes it."""
        return (r"(?:^|(?P<folder>.*)/)" if with_folder else r"(?:^|/)") + self.position


_FORMS = (
    # HRSID: scene_ymin_ymax_xmin_xmax.
    _Form(rf"{_SCENE}{_ROW}_{_END}_{_COLUMN}_{_END}{_LAST}", ends=(0, 1, 2, 3)),
    # scene_xmin_ymin_xmax_ymax, and scene_x_y_width_height.
    _Form(rf"{_SCENE}{_COLUMN}_{_ROW}_{_END}_{_END}{_LAST}", ends=(1, 3, 0, 2)),
    _Form(rf"{_SCENE}{_COLUMN}_{_ROW}_{_END}_{_END}{_LAST}", ends=(1, 3, 0, 2), is_sizes=True),
    # The splitting tools of DOTA: scene__scale__x___y.
    _Form(r"(?P<scene>[^/]+?)__[\d.]+__(?P<column>\d{1,6})___(?P<row>\d{1,6})\.\w+$"),
    # OpenSARShip: scene_x123_y456; and others that name the axes.
    _Form(rf"{_SCENE}[xX]=?{_COLUMN}[_-][yY]=?{_ROW}{_LAST}"),
    _Form(rf"{_SCENE}[yY]=?{_ROW}[_-][xX]=?{_COLUMN}{_LAST}"),
    _Form(rf"{_SCENE}(?i:r|row)[=_-]?{_ROW}[_-](?i:c|col|column)[=_-]?{_COLUMN}{_LAST}"),
    _Form(rf"{_SCENE}{_ROW}[_-]{_COLUMN}{_LAST}"),
)


class Patches(NamedTuple):
    """Pairs of patches that overlap and are in different splits, of names of one form.

    splits: both. pairs: how many. example: two image ids. pattern, overlap_px: a ``group`` of the recipe that keeps
    such patches together.
    """

    splits: tuple[str, str]
    pairs: int
    example: tuple[str, str]
    pattern: str
    overlap_px: int


class _Patch(NamedTuple):
    """Where a patch lies: its folder and scene as far as the name tells, its upper left corner and size in pixels."""

    image: int
    source: str
    folder: str
    scene: str
    corner: tuple[int, int]
    size: tuple[int, int]


def sources_of_unknown_scenes(images: pa.Table) -> list[str]:
    """Return the sources of which no image has a group; images: columns source and group of the images table."""
    known = set(images.filter(images["group"].is_valid())["source"].unique().to_pylist())
    return [name for name in images["source"].unique().to_pylist() if name not in known]


def overlapping_patches(images: pa.Table) -> list[Patches]:
    """Return which patches of different splits overlap, by splits and form of name; empty where no name tells.

    Two numbers in a name are taken for a position where they must be pixels: in HRSID's form they give the image's
    size; in others those of a source leave gaps, which numbers of tiles do not. images: columns of the images table.
    """
    overlapping: list[Patches] = []
    columns = [images[name].to_pylist() for name in ("source", "file", "width", "height")]
    rest = set(range(len(images)))
    ids, splits = images["image_id"].to_pylist(), images["split"].to_pylist()
    for form in _FORMS:
        patches, with_folder = _patches(form, sorted(rest), columns)
        # "0_0_64_64" may give the ends or the size.
        rest -= {patch.image for patch in patches if form.ends is None or patch.corner != (0, 0)}
        by_splits: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        for pair in _overlapping(patches):
            first, second = sorted(pair, key=lambda image: (splits[image], ids[image]))
            if splits[first] != splits[second]:
                by_splits[splits[first], splits[second]].append((first, second))
        pattern = form.pattern(with_folder=with_folder)
        reach = max((max(patch.size) for patch in patches), default=0)
        for both, pairs in sorted(by_splits.items()):
            first, second = min(pairs, key=lambda pair: (ids[pair[0]], ids[pair[1]]))
            overlapping.append(Patches(both, len(pairs), (ids[first], ids[second]), pattern, reach))
    return overlapping


def group_of_positions(files: Sequence[str], sizes: Sequence[tuple[int, int]]) -> tuple[str, int] | None:
    """Return the ``pattern`` and ``overlap_px`` of a ``group`` for patches whose names hold their positions in a scene.

    sizes: width and height of each. None where that is not so of every one.
    """
    widths, heights = zip(*sizes, strict=True)
    columns = [[""] * len(files), files, widths, heights]
    for form in _FORMS:
        patches, with_folder = _patches(form, range(len(files)), columns)
        if patches and len(patches) == len(files):
            return form.pattern(with_folder=with_folder), max(max(patch.size) for patch in patches)
    return None


def advice_on(patches: Patches) -> str:
    """Return what to write into a recipe, so that such patches are not parted."""
    return f"group: {{pattern: '{patches.pattern}', overlap_px: {patches.overlap_px}}}"


def _patches(form: _Form, rows: Sequence[int], columns: Sequence[Sequence[Any]]) -> tuple[list[_Patch], bool]:
    """Return the patches of this form, and whether only their folders tell scenes apart."""
    compiled = re.compile(form.pattern())
    sources, files, widths, heights = columns
    patches = []
    for row in rows:
        match, size = compiled.search(files[row]), (heights[row], widths[row])
        if match and (form.ends is None or _size(match, form) == size):
            folder = PurePosixPath(files[row]).parent
            scene = (match["scene"] or "").removeprefix(folder.name).strip("_-")
            corner = int(match["row"]), int(match["column"])
            patches.append(_Patch(row, sources[row], f"{sources[row]}/{folder}", scene, corner, size))
    credible = [source for source in {*sources} if form.ends or _are_in_pixels(patches, source)]
    patches = [patch for patch in patches if patch.source in credible]
    if not _are_told_by_folders(patches):
        return patches, False
    return [patch._replace(scene=f"{patch.folder}/{patch.scene}") for patch in patches], True


def _size(match: re.Match[str], form: _Form) -> tuple[int, int]:
    """Return the height and width that a name of such a form gives."""
    numbers = [int(value) for value in match.groups()[1:5]]
    row, row_end, column, column_end = (numbers[place] for place in form.ends or ())
    return (row_end, column_end) if form.is_sizes else (row_end - row, column_end - column)


def _are_told_by_folders(patches: list[_Patch]) -> bool:
    """Tell whether folders hold patches of different scenes, which their names do not tell apart.

    So it is where names hold no scene, or one position stands in several folders; folders of a split or a class else
    hold patches of one scene.
    """
    corners = {(patch.scene, patch.corner, patch.folder) for patch in patches}
    has_scenes = all(any(sign.isdigit() for sign in patch.scene) for patch in patches)  # "Visual_Cargo" names none
    return not has_scenes or len({(scene, corner) for scene, corner, _ in corners}) < len(corners)


def _are_in_pixels(patches: list[_Patch], source: str) -> bool:
    """Tell whether a source's positions go beyond one patch, leave gaps on an axis at least, and are dense on none."""
    patches = [patch for patch in patches if patch.source == source]
    if not patches:
        return False
    gaps, spans = [], []
    for axis in (0, 1):
        values = np.unique([patch.corner[axis] for patch in patches])
        spans.append(int(values[-1] - values[0]))
        is_wide = spans[-1] >= max(patch.size[axis] for patch in patches)
        gaps.append(is_wide and len(values) <= _SPARSE * (spans[-1] + 1))
    return any(gaps) and all(gap or span == 0 for gap, span in zip(gaps, spans, strict=True))


def _overlapping(patches: list[_Patch]) -> Iterator[tuple[int, int]]:
    """Yield the images of each pair of patches of one scene that share ground."""
    by_scene: dict[str, list[_Patch]] = defaultdict(list)
    for patch in patches:
        by_scene[patch.scene].append(patch)
    for members in by_scene.values():
        corners = np.array([patch.corner for patch in members], float)  # (N, 2)
        sizes = np.array([patch.size for patch in members])  # (N, 2)
        near: NDArray[np.int64] = KDTree(corners).query_pairs(float(sizes.max()) - 0.5, p=np.inf, output_type="ndarray")
        first, second = near.T
        lower = np.where(corners[first] <= corners[second], sizes[first], sizes[second])  # of the upper or left patch
        share = (np.abs(corners[first] - corners[second]) < lower).all(axis=1)
        for one, other in near[share].tolist():
            yield members[one].image, members[other].image

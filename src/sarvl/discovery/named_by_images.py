"""Candidates from the images alone: class folders, masks beside images, raw Phoenix chips."""

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from itertools import permutations
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarvl.annotations.parsing.mask_image import read_mask
from sarvl.discovery.candidate import Candidate
from sarvl.discovery.folder import LookedAt, spread
from sarvl.errors import ImageError
from sarvl.imagery.phoenix import is_phoenix

SPLIT_FOLDERS = frozenset({"train", "val", "valid", "validation", "test"})
_NO_CLASSES = frozenset(
    {"images", "image", "imgs", "img", "jpegimages", "masks", "mask", "labels", "gt", "annotations"}
    | {"sar", "opt", "optical", "rgb", "s1", "s2", "vv", "vh", "hh", "hv"}
)
"""Names of folders that say what a file is, and not what it shows."""
_NUMBERED = re.compile(r"[A-Za-z_-]*\d+")
_FEW_VALUES = 32
_MASKS_LOOKED_INTO = 100
_TWINS = 0.5  # folders that share this part of their names hold the same scenes, no classes
_HEAD_BYTES = 4096


def named_by_images(looked: LookedAt) -> Iterator[Candidate]:
    """Yield the ways to read a folder that has no annotation files."""
    heads = [_head(looked.folder / file) for file in spread(looked.images, 5)]
    if all(map(is_phoenix, heads)):
        yield Candidate("phoenix", images=looked.folder)
        return
    masks = list(_masks(looked))
    yield from masks
    mask_folders = [f"{mask.annotations.relative_to(looked.folder)}/" for mask in masks if mask.annotations]
    images = [file for file in looked.images if not file.startswith(tuple(mask_folders))]
    if _are_classes(images):
        yield Candidate("folders", images=looked.folder / _above_classes(images))


def _above_classes(files: list[str]) -> str:
    """Return the folder that holds the class folders."""
    return os.path.commonpath([PurePosixPath(file).parents[1].as_posix() for file in files])


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(_HEAD_BYTES)


def _are_classes(files: list[str]) -> bool:
    """Tell whether the folders of images can be classes: several side by side, each of several images of its own."""
    stems_in: dict[str, set[str]] = defaultdict(set)
    places = set()
    for file in files:
        path = PurePosixPath(file)
        stems_in[path.parent.name].add(path.stem)
        places.add(tuple(part for part in path.parts[:-2] if part not in SPLIT_FOLDERS))
    classes = stems_in.keys() - SPLIT_FOLDERS - {""}
    if len(classes) < 2 or len(classes) < len(stems_in) or len(places) > 1 or len(files) < 2 * len(classes):
        return False
    if any(name.lower() in _NO_CLASSES for name in classes):
        return False
    # Two folders of the same names hold the same scenes, such as SAR and optical, unless images are but numbered.
    one, other, *more = stems_in.values()
    is_numbered = all(_NUMBERED.fullmatch(stem) for stem in one)
    return bool(more) or is_numbered or len(one & other) <= _TWINS * min(len(one), len(other))


def _masks(looked: LookedAt) -> Iterator[Candidate]:
    """Yield folders side by side of which one holds masks of the images in the other."""
    for images, masks in permutations(looked.stems_of, 2):
        if PurePosixPath(images).parent != PurePosixPath(masks).parent:
            continue
        renaming = _renaming(looked.stems_of[images], looked.stems_of[masks])
        codes = _codes(looked, masks) if renaming else []
        if renaming and codes and not _codes(looked, images):
            yield _of_masks(looked, images, masks, renaming, codes)


def _of_masks(
    looked: LookedAt, images: str, masks: str, renaming: tuple[str, str], codes: list[int | str]
) -> Candidate:
    options = {} if renaming == ("", "") else {"pattern": renaming[0], "replacement": renaming[1]}
    if _are_classes([file for file in looked.images if file.startswith(f"{images}/")]):
        options["labels"] = "folders"
    names, example = ", ".join(map(str, codes)), codes[0] if isinstance(codes[0], int) else f'"{codes[0]}"'
    return Candidate(
        "masks",
        looked.folder / masks,
        looked.folder / images,
        options,
        {"classes": f"the names of the values {names}, such as {{{example}: clutter}}"},
        {"classes": {code: f"value {code}" for code in codes}},
    )


def _renaming(images: set[str], masks: set[str]) -> tuple[str, str] | None:
    """Return what at the end of an image's name gives way to what in its mask's; None where they do not fit."""
    if images <= masks:
        return "", ""
    first = min(images)
    near = max(sorted(masks), key=lambda name: len(_common(first, name)))
    common = _common(first, near)
    end, other = first[len(common) :], near[len(common) :]
    renamed = {f"{name.removesuffix(end)}{other}" for name in images if name.endswith(end)}
    return (f"{re.escape(end)}$", other) if common and len(renamed) == len(images) and renamed <= masks else None


def _common(one: str, other: str) -> str:
    length = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[:length]


def _codes(looked: LookedAt, folder: str) -> list[int | str]:
    """Return the values of the images in a folder where they are few, as of masks; none where they are many."""
    files = [file for file in looked.images if file.startswith(f"{folder}/")]
    codes: set[int | str] = set()
    for file in spread(files, _MASKS_LOOKED_INTO):
        own_codes = _codes_of(looked.folder / file)
        codes |= own_codes
        if not own_codes or len(codes) > _FEW_VALUES:
            return []
    return sorted(codes, key=lambda code: (isinstance(code, str), code))


def _codes_of(path: Path) -> set[int | str]:
    if path.suffix.lower() in {".jpg", ".jpeg"}:  # which keep no value
        return set()
    try:
        return {int(code) for code in _few(read_mask(path, colours=False))}
    except ImageError:
        with suppress(ImageError):
            return {f"#{code:06x}" for code in _few(read_mask(path, colours=True))}
    return set()


def _few(codes: NDArray[Any]) -> list[int]:
    """Return the different values of a mask; none where they are many."""
    values = np.unique(codes)
    return values.tolist() if len(values) <= _FEW_VALUES else []

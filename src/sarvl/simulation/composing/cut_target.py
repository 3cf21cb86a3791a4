"""CutTarget: one target, where its pixels are, and what its surroundings are like."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from sarvl.annotations import AnnotatedImage, Source
from sarvl.errors import ImageError
from sarvl.files import sha256_of_file
from sarvl.imagery import SarImage
from sarvl.simulation.composing.amplitude import Amplitude, PixelKind, amplitude_of, kind_of, read_of
from sarvl.simulation.composing.compose_recipe import ComposeRecipe
from sarvl.simulation.composing.jpeg_tables import Tables, tables_of
from sarvl.simulation.composing.local_statistics import BandStatistics, evenness_of, statistics_of_bands
from sarvl.simulation.composing.object_masks import Mask, ObjectMask, PackedMasks, box_of, grown, packed

_RING_PX = 8  # from the seam on
APART_PX = 3  # from other objects
_LEAST_RING_PX = 64


class Provenance(NamedTuple):
    """Where an image comes from: its source, file, split, scene (``group``) and licence."""

    source: str
    file: str
    split: str
    group: str
    licence: str


class CutTarget(NamedTuple):
    """One target that can be set into scenes.

    class_name: as texts call it. box: of its mask in its image: left, top, right, bottom.
    corner: (left, top) of ``masks`` in its image. masks: its pixels, these with what comes along, and its own clutter
    around (the ring), with room for margin and seam. statistics: of the ring, one a band.
    kind: what pixels are. spacing_m: (row, column). tables: of a JPEG file. sha256: of the file.
    """

    provenance: Provenance
    image: AnnotatedImage
    class_name: str
    box: tuple[int, int, int, int]
    corner: tuple[int, int]
    masks: PackedMasks
    statistics: BandStatistics
    kind: PixelKind
    spacing_m: tuple[float, float] | None
    tables: Tables | None
    sha256: str


class RefusedTarget(NamedTuple):
    """A target that is not used, or an image of which none is: the file, its class and box where known, and why.

    advice: what to do, where the reason has its own.
    """

    file: str
    split: str
    class_name: str | None
    box: tuple[int, int, int, int] | None
    reason: str
    advice: str = ""


@dataclass(frozen=True)
class TargetImage:
    """One image to cut targets from; said: what the annotations say of it (``MaskTeller.listed``)."""

    image: AnnotatedImage
    split: str
    said: Any


def provenance_of(source: Source, image: AnnotatedImage, split: str) -> Provenance:
    """Return where an image comes from; one without a scene is a scene of its own."""
    return Provenance(source.name, image.file, split, image.group or image.file, source.licence)


def cut_chunk(images: Sequence[TargetImage], recipe: ComposeRecipe) -> list[list[CutTarget | RefusedTarget]]:
    """Cut the targets of a chunk of images."""
    return [_cut(image, recipe) for image in images]


def _cut(item: TargetImage, recipe: ComposeRecipe) -> list[CutTarget | RefusedTarget]:
    targets, image = recipe.targets, item.image
    try:
        read = read_of(targets.source, image)
        objects = targets.cut.masks(image, item.said, amplitude_of(read))
    except ImageError as problem:
        return [RefusedTarget(image.file, item.split, image.label, None, *reason_of(problem, image))]
    cuts: list[CutTarget | RefusedTarget] = []
    for number, item_mask in enumerate(objects):
        if item_mask.class_name:
            others = [other.carried for index, other in enumerate(objects) if index != number]
            cuts.append(_target_of(item, item_mask, _foreign(others, read), read, recipe))
    return cuts


def _target_of(
    item: TargetImage, target: ObjectMask, foreign_everywhere: Mask, read: SarImage, recipe: ComposeRecipe
) -> CutTarget | RefusedTarget:
    image, reach = item.image, reach_px(recipe)
    refused = partial(RefusedTarget, image.file, item.split, target.class_name)
    if target.mask.sum() < recipe.targets.least_px:
        return refused(None, f"has under {recipe.targets.least_px} pixels")
    box = box_of(target.mask)
    left, top, right, bottom = box_of(target.carried)
    if min(left, top, image.width - right, image.height - bottom) < reach:
        return refused(box, "touches the edge of its image, or its margin does")
    x, y = max(0, left - reach - _RING_PX), max(0, top - reach - _RING_PX)  # the ring may be cut by the edge
    window = np.s_[y : bottom + reach + _RING_PX, x : right + reach + _RING_PX]
    carried, foreign = target.carried[window], foreign_everywhere[window]
    if np.any(grown(carried, reach) & foreign):
        return refused(box, "another object, or no data, is in its margin")
    ring = grown(carried, reach + _RING_PX) & ~grown(carried, recipe.targets.margin_px - 1) & ~grown(foreign, APART_PX)
    clutter = amplitude_of(read.window(x, y, x + ring.shape[1], y + ring.shape[0]))
    if reason := unusable(clutter, ring, recipe.match.evenness):
        return refused(box, reason)
    return CutTarget(
        provenance=provenance_of(recipe.targets.source, image, item.split),
        image=image,
        class_name=target.class_name,
        box=box,
        corner=(x, y),
        masks=packed(target.mask[window], carried, ring),
        statistics=statistics_of_bands(clutter, ring),
        kind=kind_of(read),
        spacing_m=image.spacing_m or read.spacing_m,
        tables=tables_of(image.path),
        sha256=sha256_of_file(image.path),
    )


def reason_of(problem: ImageError, image: AnnotatedImage) -> tuple[str, str]:
    """Return why an image cannot be used, without its name so that like reasons can be counted, and what to do."""
    text = str(problem).removeprefix(f"{image.path}: ").removeprefix(f"{image.file}: ")
    reason, _, advice = text.partition("; ")
    return reason, advice


def reach_px(recipe: ComposeRecipe) -> int:
    """Return how far from a target its own pixels are of use: the margin, and half of the seam."""
    return recipe.targets.margin_px + int(np.ceil(recipe.feather_px / 2))


def _foreign(others: Sequence[Mask], read: SarImage) -> Mask:
    """Return what belongs to other objects, or has no data, ``(H, W)``."""
    foreign = np.zeros((read.height, read.width), bool) if read.nodata is None else read.nodata.copy()
    for other in others:
        foreign |= other
    return foreign


def unusable(amplitude: Amplitude, ring: Mask, evenness: float) -> str | None:
    """Return why a ring ``(h, w)`` of an amplitude ``(bands, h, w)`` is no clutter to match, None where it is one."""
    if ring.sum() < _LEAST_RING_PX:
        return "too little of its own surroundings to match"
    if np.any(np.ptp(amplitude[:, ring], axis=1) == 0):
        return "its surroundings are all of one value, as where nothing was measured"
    if max(evenness_of(band, ring) for band in amplitude) > evenness:
        return "its surroundings are uneven"
    return None

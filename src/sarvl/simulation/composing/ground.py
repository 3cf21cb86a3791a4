"""Ground: the clutter of scenes, before and after it is laid out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from sarvl.annotations import Source
from sarvl.errors import ImageError
from sarvl.files import sha256_of_file
from sarvl.simulation.composing.amplitude import Amplitude, PixelKind, amplitude_of, kind_of, read_of
from sarvl.simulation.composing.compose_recipe import ComposeRecipe, Counts, FittedFields, OwnImages
from sarvl.simulation.composing.cut_target import (
    CutTarget,
    Provenance,
    RefusedTarget,
    TargetImage,
    provenance_of,
    reason_of,
)
from sarvl.simulation.composing.fitted_field import FittedField, draw_field
from sarvl.simulation.composing.jpeg_tables import BLOCK_PX, Tables, tables_of
from sarvl.simulation.composing.local_statistics import BandStatistics, Statistics, WindowSums, integral_of, window_sum
from sarvl.simulation.composing.object_masks import Mask, ObjectMask, box_of, grown

_NEAR_PX, _FAR_PX = 4, 32  # from an object: where its own response ends, and where it says nothing of the ground
_WINDOW_PX, _STEP_PX = 24, 8
_PARTS_TRIED = 1000
_TOO_MANY = (
    "clutter with more objects, or classes, than a scene may have",
    "raise `objects.most` or `objects.classes`",
)
_TOO_MANY_IN_SQUARES = (
    "clutter without a square of no more objects, or classes, than a scene may have that shows a quarter of each",
    "raise `objects.most`, `objects.classes` or `clutter.size`",
)
LEAST_SEEN = 0.25
"""Share of an object that is seen at least, where a scene shows a part of its image, or others cover it."""


class OwnObject(NamedTuple):
    """An object that was in the clutter already; mask: its pixels ``(H, W)``, None where only its box is known."""

    class_name: str
    box: tuple[float, float, float, float]
    mask: Mask | None
    provenance: Provenance


@dataclass(frozen=True)
class Ground:
    """What a scene can be made on: an image, or a fitted field.

    number: among all. provenance: of the image; of a field, the source, split and field that it is. record: what the
    annotations of a scene say of it. statistics: of the clutter that targets may stand on, one a band. sha256: of the
    file of an image. corner: (left, top) of a part with no more objects than asked for, where a scene is a part of it.
    """

    number: int
    provenance: Provenance
    record: dict[str, Any]
    statistics: BandStatistics
    kind: PixelKind
    spacing_m: tuple[float, float] | None
    tables: Tables | None
    image: TargetImage | None = None
    sha256: str | None = None
    fitted: FittedField | None = None
    corner: tuple[int, int] = (0, 0)


@dataclass
class Laid:
    """Ground as one scene has it: amplitude ``(bands, H, W)``, its objects, and where nothing may be set ``(H, W)``.

    stays_empty: whether it is to show no object, and shows none.
    """

    amplitude: Amplitude
    taken: Mask
    corner: tuple[int, int] = (0, 0)
    objects: list[OwnObject] = field(default_factory=list)
    stays_empty: bool = False


def survey_chunk(images: Sequence[TargetImage], recipe: ComposeRecipe) -> list[Ground | RefusedTarget]:
    """Look at a chunk of images that may be clutter."""
    return [_surveyed(image, recipe) for image in images]


def _surveyed(item: TargetImage, recipe: ComposeRecipe) -> Ground | RefusedTarget:
    assert isinstance(recipe.clutter, OwnImages)
    image, clutter = item.image, recipe.clutter
    refused = partial(RefusedTarget, image.file, item.split, None, None)
    if image.open_classes:  # whoever counts would be wrong
        return refused("clutter of whose objects some are refused, or a crowd")
    try:
        read = read_of(clutter.source, image)
        amplitude = amplitude_of(read)
        objects = _own_objects(item, clutter, amplitude)
    except ImageError as problem:
        return refused(*reason_of(problem, image))
    if clutter.size and min(image.width, image.height) < clutter.size:
        return refused(f"clutter smaller than {clutter.size} pixels")
    corner = _corner_of(amplitude.shape[1:], objects, recipe, clutter.size, np.random.default_rng(0))
    if corner is None:
        return refused(*(_TOO_MANY_IN_SQUARES if clutter.size else _TOO_MANY))
    nodata = np.zeros(amplitude.shape[1:], bool) if read.nodata is None else read.nodata
    statistics = _clutter_statistics(amplitude, objects, nodata, recipe.match.evenness)
    if statistics is None:
        return refused("clutter without even ground")
    return Ground(
        number=0,
        provenance=provenance_of(clutter.source, image, item.split),
        record={"kind": "image", "source": clutter.source.name, "file": image.file},
        statistics=statistics,
        kind=kind_of(read),
        spacing_m=image.spacing_m or read.spacing_m,
        tables=tables_of(image.path),
        image=item,
        sha256=sha256_of_file(image.path),
        corner=corner,
    )


def _own_objects(item: TargetImage, clutter: OwnImages, amplitude: Amplitude) -> list[OwnObject]:
    provenance = provenance_of(clutter.source, item.image, item.split)
    if clutter.cut is None:
        return [OwnObject(each.class_name, each.box, None, provenance) for each in item.image.objects]
    masks: list[ObjectMask] = clutter.cut.masks(item.image, item.said, amplitude)
    named = [each for each in masks if each.class_name and each.mask.any()]
    return [OwnObject(each.class_name, box_of(each.mask), each.mask, provenance) for each in named]


def _clutter_statistics(
    amplitude: Amplitude, objects: Sequence[OwnObject], nodata: Mask, evenness: float
) -> BandStatistics | None:
    """Return what ground for targets is like, None where there is none: even windows near the image's own objects.

    Around ships there is sea, but for those at a quay: so the darker half of the windows counts, as the first band has
    it. An image without objects is ground wherever it is even.
    """
    every = _all_masks(objects, amplitude.shape[1:])
    free = ~(grown(every, _NEAR_PX) | nodata)
    starts = (np.arange(0, side - _WINDOW_PX + 1, _STEP_PX) for side in free.shape)
    tops, lefts = (corners.ravel() for corners in np.meshgrid(*starts, indexing="ij"))
    shape = _WINDOW_PX, _WINDOW_PX
    bands = [WindowSums(band) for band in amplitude]
    usable = window_sum(integral_of(~free), tops, lefts, *shape) < 0.5
    for sums in bands:
        usable &= sums.evenness(tops, lefts, *shape) <= evenness
    if objects:
        usable &= window_sum(integral_of(grown(every, _FAR_PX)), tops, lefts, *shape) > 0.5
    if not usable.any():
        return None
    columns = np.array([sums.statistics(tops[usable], lefts[usable], *shape) for sums in bands])  # (bands, 4, N)
    darker = columns[:, :, columns[0, 0] <= np.median(columns[0, 0])]
    return tuple(Statistics(*band) for band in np.median(darker, axis=2).tolist())


def _mask_of(item: OwnObject, shape: tuple[int, ...]) -> Mask:
    if item.mask is not None:
        return item.mask
    mask = np.zeros(shape, bool)
    left, top, right, bottom = item.box
    mask[int(top) : int(np.ceil(bottom)), int(left) : int(np.ceil(right))] = True
    return mask


def _all_masks(objects: Sequence[OwnObject], shape: tuple[int, ...]) -> Mask:
    every = np.zeros(shape, bool)
    for item in objects:
        every |= _mask_of(item, shape)
    return every


def lay_out(ground: Ground, recipe: ComposeRecipe, rng: np.random.Generator, is_to_be_empty: bool) -> Laid:
    """Return ground as one scene has it: a field drawn anew, or an image, or a part of it.

    is_to_be_empty: whether a part without objects is looked for.
    """
    clutter, margin_px = recipe.clutter, recipe.targets.margin_px + recipe.gap_px
    if isinstance(clutter, FittedFields):
        assert ground.fitted is not None
        amplitude = draw_field(ground.fitted, clutter.size, rng)
        return Laid(amplitude, np.zeros(amplitude.shape[1:], bool), stays_empty=is_to_be_empty)
    assert ground.image is not None
    read = read_of(clutter.source, ground.image.image)
    amplitude = amplitude_of(read)
    objects = _own_objects(ground.image, clutter, amplitude)
    taken = grown(_all_masks(objects, amplitude.shape[1:]), margin_px)
    if read.nodata is not None:
        taken |= read.nodata
    whole = Laid(amplitude, taken, (0, 0), objects, stays_empty=is_to_be_empty and not objects)
    return whole if clutter.size is None else _square_of(whole, ground.corner, recipe, rng, is_to_be_empty)


def _square_of(
    whole: Laid, corner: tuple[int, int], recipe: ComposeRecipe, rng: np.random.Generator, is_to_be_empty: bool
) -> Laid:
    """Return a square of an image; corner: of one of the least size that can be taken where no other is found."""
    assert isinstance(recipe.clutter, OwnImages)
    assert recipe.clutter.size is not None
    shape, size = whole.amplitude.shape[1:], recipe.clutter.size
    if recipe.clutter.largest_size is not None:
        size = int(rng.integers(size, min(recipe.clutter.largest_size, *shape) + 1))
    if is_to_be_empty and (clear := _clear_corner_of(shape, whole.objects, recipe, size, rng)):
        return replace(_part_of(whole, *clear, size), stays_empty=True)
    if drawn := _corner_of(shape, whole.objects, recipe, size, rng):
        return _part_of(whole, *drawn, size)
    return _part_of(whole, *corner, recipe.clutter.size)


def _clear_corner_of(
    shape: Sequence[int], objects: Sequence[OwnObject], recipe: ComposeRecipe, size: int, rng: np.random.Generator
) -> tuple[int, int] | None:
    """Draw the corner (left, top) of a square that nothing reaches into, None where none is found.

    Objects are taken to reach as far as targets do with what they bring along.
    """
    reach = recipe.targets.margin_px
    for left, top in _corners(shape, size, rng):
        if not any(_reaches_into(each.box, left - reach, top - reach, size + 2 * reach) for each in objects):
            return left, top
    return None


def _corner_of(
    shape: Sequence[int],
    objects: Sequence[OwnObject],
    recipe: ComposeRecipe,
    size: int | None,
    rng: np.random.Generator,
) -> tuple[int, int] | None:
    """Draw the corner (left, top) of the part that a scene shows, with no more objects and classes than asked for.

    size: its side; None for the whole image. Of each object it shows a quarter at least, or nothing. None where no such
    part is found, or the whole image is shown and has more.
    """
    if size is None:
        return (0, 0) if _keeps(objects, recipe.objects) else None
    for left, top in _corners(shape, size, rng):
        reaching = [each for each in objects if _reaches_into(each.box, left, top, size)]
        shares = [_seen(each, left, top, size) for each in reaching]
        is_seen = all(share == 0 or share >= LEAST_SEEN for share in shares)
        if is_seen and _keeps(reaching, recipe.objects):
            return left, top
    return None


def _corners(shape: Sequence[int], size: int, rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    """Draw corners (left, top) of squares to try, on the grid of JPEG's blocks."""
    steps = [(side - size) // BLOCK_PX for side in shape]
    for _ in range(_PARTS_TRIED):
        top, left = (BLOCK_PX * int(rng.integers(step + 1)) for step in steps)
        yield left, top


def _keeps(objects: Sequence[OwnObject], counts: Counts) -> bool:
    return len(objects) <= counts.most and len({each.class_name for each in objects}) <= counts.classes


def _reaches_into(box: tuple[float, float, float, float], left: int, top: int, size: int) -> bool:
    return box[0] < left + size and box[2] > left and box[1] < top + size and box[3] > top


def _seen(item: OwnObject, left: int, top: int, size: int) -> float:
    """Return the share of an object's pixels that is in a square; of its box where only that is known."""
    if item.mask is not None:
        return float(item.mask[top : top + size, left : left + size].sum() / item.mask.sum())
    inside = np.clip(item.box, (left, top) * 2, (left + size, top + size) * 2)
    return float(np.prod(inside[2:] - inside[:2]) / np.prod(np.subtract(item.box[2:], item.box[:2])))


def _part_of(laid: Laid, left: int, top: int, size: int) -> Laid:
    """Return a square of the ground; objects are cut where it ends."""
    window = np.s_[top : top + size, left : left + size]
    objects = [item for each in laid.objects if (item := _cut_off(each, left, top, size))]
    return Laid(np.ascontiguousarray(laid.amplitude[:, *window]), laid.taken[window], (left, top), objects)


def _cut_off(item: OwnObject, left: int, top: int, size: int) -> OwnObject | None:
    """Return the part of an object that is in a square, None where nothing is."""
    if item.mask is not None:
        mask = item.mask[top : top + size, left : left + size]
        return item._replace(mask=mask, box=box_of(mask)) if mask.any() else None
    x0, y0, x1, y1 = (float(np.clip(edge - off, 0, size)) for edge, off in zip(item.box, (left, top) * 2, strict=True))
    return item._replace(box=(x0, y0, x1, y1)) if x1 - x0 >= 1 and y1 - y0 >= 1 else None


def target_amplitude(target: CutTarget, source: Source) -> Amplitude:
    """Return the amplitude ``(bands, h, w)`` of a target and its surroundings, as large as its masks."""
    amplitude = amplitude_of(read_of(source, target.image))
    left, top = target.corner
    height, width = target.masks.shape[1:]
    return amplitude[:, top : top + height, left : left + width]

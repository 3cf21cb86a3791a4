"""Size and extent captions: metres of an oriented box or a labelled target, and of an axis-aligned box."""

from collections.abc import Callable
from random import Random
from typing import Literal

from sarvl.annotations import AnnotatedImage
from sarvl.language.captions.scene import Scene, pick
from sarvl.language.claims.construction import size_claim
from sarvl.language.geometry.layout import grid_cell
from sarvl.language.statement import Group, Statement
from sarvl.language.words.lexicon import singular_of
from sarvl.language.words.measures import extent_m, oriented_size_m, target_size_m

_TEMPLATES = (
    "{an_image} of {thing}.",
    "{an_image} with {thing}.",
    "{an_image} showing {thing}.",
    "this {image} shows {thing}.",
    "{thing} can be seen in this {image}.",
)
_WORDS = {"size": "about {} m long and {} m wide", "extent": "whose box extends about {} m by {} m"}
Measured = tuple[int, tuple[int, int]]  # an object's id and two lengths in metres


def size(scene: Scene, rng: Random) -> Statement | None:
    """Return "A SAR image of a ship about 120 m long and 17 m wide in the upper left.".

    Of the labelled target where the source declares its size and the label names one object, else from an oriented box;
    None where there is neither.
    """
    label, declared_m = scene.image.label, target_size_m(scene.image)
    if label is None or declared_m is None or singular_of(label) != label:
        return _of_one_object(scene, rng, "size", _measured(scene, oriented_size_m))
    thing = f"{scene.name_of(label, rng).with_article} {_WORDS['size'].format(*declared_m)}"
    claim = size_claim("size", Group(label), declared_m)
    return scene.statement(rng, "size", _TEMPLATES, [claim], thing=thing)


def extent(scene: Scene, rng: Random) -> Statement | None:
    """Return "This SAR image shows a ship whose box extends about 120 m by 40 m.": across, then down.

    Never "a ship 120 m long": the box around a ship that lies diagonally is wider than the ship, and not as long. None
    where all objects have oriented boxes, or none can be measured.
    """
    measured = [item for item in _measured(scene, extent_m) if scene.image.objects[item[0]].corners is None]
    return _of_one_object(scene, rng, "extent", measured)


def _measured(scene: Scene, measure: Callable[[AnnotatedImage, int], tuple[int, int] | None]) -> list[Measured]:
    indices = (index for ids in scene.layout.by_class.values() for index in ids)
    return [(index, size_m) for index in indices if (size_m := measure(scene.image, index))]


def _of_one_object(
    scene: Scene, rng: Random, family: Literal["size", "extent"], measured: list[Measured]
) -> Statement | None:
    if not measured:
        return None
    index, size_m = pick(rng, measured)
    cell = grid_cell(scene.layout.boxes[index], scene.image.width, scene.image.height)
    group = Group(scene.layout.class_names[index] or "", cell if rng.random() < 0.5 else None)
    place = f" in the {cell}" if group.position else ""
    thing = f"{scene.name_of(group.class_name, rng).with_article} {_WORDS[family].format(*size_m)}{place}"
    return scene.statement(rng, family, _TEMPLATES, [size_claim(family, group, size_m, (index,))], thing=thing)

"""Captions of one object and two lengths in metres, as the size and extent families have them."""

from collections.abc import Callable
from random import Random

from sarvl.annotations import AnnotatedImage
from sarvl.language.captions.scene import Scene, pick
from sarvl.language.claims.kinds.extent import Extent
from sarvl.language.claims.kinds.size import Size
from sarvl.language.geometry.layout import grid_cell
from sarvl.language.group import Group
from sarvl.language.statement import Statement

Measured = tuple[int, tuple[int, int]]  # an object's id and two lengths in metres

_TEMPLATES = (
    "{an_image} of {thing}.",
    "{an_image} with {thing}.",
    "{an_image} showing {thing}.",
    "this {image} shows {thing}.",
    "{thing} can be seen in this {image}.",
)
_WORDS = {"size": "about {} m long and {} m wide", "extent": "whose bounding box extends about {} m by {} m"}


def measured_objects(scene: Scene, measure: Callable[[AnnotatedImage, int], tuple[int, int] | None]) -> list[Measured]:
    """Return the objects, by class, that ``measure`` gives two lengths for."""
    indices = (index for ids in scene.layout.by_class.values() for index in ids)
    return [(index, size_m) for index in indices if (size_m := measure(scene.image, index))]


def caption_of_one(
    scene: Scene, rng: Random, kind: type[Size] | type[Extent], measured: list[Measured]
) -> Statement | None:
    """Return a caption of one of the ``measured`` objects, with its cell or without; None where there are none."""
    if not measured:
        return None
    index, size_m = pick(rng, measured)
    cell = grid_cell(scene.layout.boxes[index], scene.image.width, scene.image.height)
    group = Group(scene.layout.class_names[index] or "", cell if rng.random() < 0.5 else None)
    return measured_caption(scene, rng, kind(group, size_m, (index,)))


def measured_caption(scene: Scene, rng: Random, claim: Size | Extent) -> Statement:
    """Return a caption of a claim of kind "size" or "extent", which name their families too."""
    (class_name, position, _), family = claim.group, claim.kind
    place = scene.at(position, is_counted=False)
    measure = _WORDS[family].format(*claim.size_m)
    thing = f"{scene.name_of(class_name, rng).with_article} {measure}{place}"
    return scene.statement(rng, family, _TEMPLATES, [claim], thing=thing)

"""What is written of composed scenes: COCO JSON with the provenance of all that is in them, and a build recipe."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import yaml

from sarvl import __version__
from sarvl.annotations import Source
from sarvl.simulation.coco import run_lengths
from sarvl.simulation.composing.compose_recipe import ComposeRecipe, OwnImages
from sarvl.simulation.composing.cut_target import Provenance, RefusedTarget
from sarvl.simulation.composing.ground import OwnObject
from sarvl.simulation.composing.object_masks import box_of
from sarvl.simulation.composing.scene import Scene, SetTarget

SPLIT_PATTERN = "^(?P<split>[^/]+)/"
GROUP_PATTERN = "/(?P<clutter>[^/]+)-[0-9]+[.]"


class SceneRecord(NamedTuple):
    """A scene as the JSON has it: its image entry, and its annotations without ids and with class names.

    is_to_be_empty: whether it was drawn to show no object.
    """

    image: dict[str, Any]
    annotations: list[dict[str, Any]]
    licences: tuple[str, ...]
    refused: Counter[str]
    is_to_be_empty: bool

    def lacks_some(self, least: int) -> bool:
        """Say whether it has fewer objects than were asked for."""
        is_empty_as_asked = self.is_to_be_empty and not self.annotations
        return len(self.annotations) < least and not is_empty_as_asked

    @property
    def is_not_empty(self) -> bool:
        """Whether it shows an object where it was to show none."""
        return self.is_to_be_empty and len(self.annotations) > 0


def record_of(scene: Scene, file_name: str) -> SceneRecord:
    """Return what is told of a scene whose image has this name below ``images``."""
    ground = scene.ground
    image = {
        "file_name": file_name,
        "width": scene.image.width,
        "height": scene.image.height,
        "split": ground.provenance.split,
        "group": PurePosixPath(file_name).stem.rpartition("-")[0],
        "spacing_m": ground.spacing_m,
        "clutter": ground.record | {"corner": scene.laid.corner, "group": ground.provenance.group},
        "refused": dict(sorted(scene.refused.items())),
    }
    annotations = [*map(_own_annotation, scene.own), *map(_annotation, scene.targets)]
    licences = {ground.provenance.licence, *(item.target.provenance.licence for item in scene.targets)}
    return SceneRecord(image, annotations, tuple(sorted(licences)), scene.refused, scene.is_to_be_empty)


def _bbox(box: Sequence[float]) -> list[float]:
    """Return a box as COCO has it: left, top, width, height."""
    left, top, right, bottom = box
    return [left, top, right - left, bottom - top]


def _annotation(item: SetTarget) -> dict[str, Any]:
    return {
        "class_name": item.target.class_name,
        "bbox": _bbox(box_of(item.mask)),
        "area": int(item.mask.sum()),
        "segmentation": run_lengths(item.mask),
        "iscrowd": 0,
        "cut_from": _told(item.target.provenance) | {"bbox": _bbox(item.target.box)},
        "gain_db": item.gain_db,
        "resampled": item.resampled,
    }


def _own_annotation(item: OwnObject) -> dict[str, Any]:
    entry = {"class_name": item.class_name, "bbox": _bbox(item.box), "iscrowd": 0}
    if item.mask is not None:
        entry |= {"area": int(item.mask.sum()), "segmentation": run_lengths(item.mask)}
    return entry | {"of_the_clutter": _told(item.provenance)}


def _told(provenance: Provenance) -> dict[str, str]:
    return {name: value for name, value in provenance._asdict().items() if name != "licence"}


def coco_of(
    records: Sequence[SceneRecord], classes: Sequence[str], refused: Sequence[RefusedTarget], recipe: ComposeRecipe
) -> dict[str, Any]:
    """Return the whole COCO document; images and annotations are numbered from 1."""
    numbers = {name: number for number, name in enumerate(classes, start=1)}
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for record in records:
        images.append({"id": len(images) + 1, **record.image})
        for entry in record.annotations:
            named = {key: value for key, value in entry.items() if key != "class_name"}
            place = {"id": len(annotations) + 1, "image_id": len(images), "category_id": numbers[entry["class_name"]]}
            annotations.append(place | named)
    info = {
        "description": "composed SAR scenes",
        "version": __version__,
        "seed": recipe.seed,
        "refused": dict(sorted(Counter(item.reason for item in refused).items())),
        "below_least": sum(record.lacks_some(recipe.objects.least) for record in records),
        "not_empty": sum(record.is_not_empty for record in records),
        "not_set": dict(sorted(sum((record.refused for record in records), Counter()).items())),
    }
    categories = [{"id": number, "name": name} for name, number in numbers.items()]
    return {"info": info, "images": images, "annotations": annotations, "categories": categories}


def build_recipe_of(
    records: Sequence[SceneRecord], classes: Sequence[str], quantity: str, recipe: ComposeRecipe
) -> str:
    """Return the recipe by which ``sarvl build`` reads the folder, as YAML."""
    spacings = {record.image["spacing_m"] for record in records}
    spacing = next(iter(spacings)) if len(spacings) == 1 else None
    source = {
        "name": "composed",
        "format": "coco",
        "images": "images",
        "annotations": "annotations.json",
        "quantity": quantity,
        "labelled_classes": _labelled(classes, recipe),
        "is_a": {name: wider for source in sources_of(recipe) for name, wider in source.is_a.items()},
        "spacing_m": spacing[0] if spacing and spacing[0] == spacing[1] else None,
        "official_splits": True,
        "split_pattern": SPLIT_PATTERN,
        "group": {"pattern": GROUP_PATTERN},
        "licence": "; ".join(sorted({licence for record in records for licence in record.licences})),
    }
    kept = {name: value for name, value in source.items() if value not in (None, {}, [])}
    text: str = yaml.safe_dump({"seed": recipe.seed, "sources": [kept]}, sort_keys=False, width=120, allow_unicode=True)
    return f"# Scenes that `sarvl compose` made. To build a corpus: sarvl build build.yaml --out corpus\n{text}"


def _labelled(classes: Sequence[str], recipe: ComposeRecipe) -> list[str]:
    """Return the classes whose absence can be said: where clutter is real, those that its source has labelled."""
    if isinstance(recipe.clutter, OwnImages):
        return [name for name in classes if name in recipe.clutter.source.labelled_classes]
    return list(classes)


def refusals_of(refused: Iterable[RefusedTarget]) -> list[dict[str, Any]]:
    """Return every target that was not used, and why, as ``cut_from`` tells its box."""
    return [_refusal(item) for item in refused]


def _refusal(item: RefusedTarget) -> dict[str, Any]:
    told = {"file": item.file, "split": item.split, "class_name": item.class_name, "bbox": item.box and _bbox(item.box)}
    return told | {"reason": item.reason} | ({"advice": item.advice} if item.advice else {})


def sources_of(recipe: ComposeRecipe) -> list[Source]:
    """Return the sources of a recipe."""
    own = [recipe.clutter.source] if isinstance(recipe.clutter, OwnImages) else []
    return [recipe.targets.source, *own]

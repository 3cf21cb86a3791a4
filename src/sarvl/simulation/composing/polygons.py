"""Targets along the polygons, or run lengths, of a COCO file."""

from collections import defaultdict
from typing import Any, Literal

from pycocotools import mask as coco_mask

from sarvl.annotations import AnnotatedImage, Source, input_of
from sarvl.annotations.parsing.coco_ids import category_names, key_of
from sarvl.annotations.parsing.coco_masks import run_lengths_of
from sarvl.errors import AnnotationError, ImageError
from sarvl.files import read_json
from sarvl.recipes import RecipeModel
from sarvl.simulation.composing.amplitude import Amplitude
from sarvl.simulation.composing.object_masks import ObjectMask


class Polygons(RecipeModel):
    """Targets along the polygons of a source of format ``coco``."""

    kind: Literal["polygons"]
    """``polygons``."""

    def listed(self, source: Source, images: tuple[AnnotatedImage, ...]) -> dict[str, Any]:
        """Return class and segmentation of every annotation by file, crowds left out."""
        if source.format != "coco" or source.annotations is None:
            raise AnnotationError(f"source {source.name}: polygons stand in format coco; choose another way to cut")
        data, files = read_json(source.annotations, AnnotationError), input_of(source).files
        names = category_names(data, (), source.class_names, source.annotations)
        said: dict[Any, list[tuple[str, Any]]] = defaultdict(list)
        # Entries of another kind than objects are refused where the source is read.
        for entry in (entry for entry in data.get("annotations", []) if isinstance(entry, dict)):
            key = key_of(entry, "category_id")
            if key in names and not entry.get("iscrowd") and not entry.get("ignore"):
                said[key_of(entry, "image_id")].append((source.names_of(names[key])[0], entry.get("segmentation")))
        prefix, known = source.options.prefix, {image.file for image in images}
        by_file = {
            file: said[key_of(entry, "id")]
            for entry in data["images"]
            if isinstance(entry, dict) and (file := _file_of(files, entry, prefix)) in known
        }
        return {file: items for file, items in by_file.items() if items}

    def masks(self, image: AnnotatedImage, said: Any, amplitude: Amplitude) -> list[ObjectMask]:
        """Return the objects; ImageError where a segmentation cannot be read."""
        masks = []
        for class_name, segmentation in said or ():
            try:
                runs = run_lengths_of(segmentation, image.width, image.height)
            except ValueError as problem:
                raise ImageError(f"{image.file}: segmentation of a {class_name}: {problem}; correct it") from problem
            if runs is None:
                raise ImageError(f"{image.file}: a {class_name} has no segmentation; give it one")
            mask = coco_mask.decode(runs).astype(bool)
            masks.append(ObjectMask(class_name, mask, mask))
        return masks


def _file_of(files: Any, entry: Any, prefix: str) -> str | None:
    try:
        file: str = files.find((str(entry.get("file_name")).removeprefix(prefix),))
    except LookupError:
        return None
    return file

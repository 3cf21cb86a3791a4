"""COCO JSON records of simulated chips."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarvl.simulation.chip import SimulatedChip, SimulatedObject
from sarvl.simulation.request import SIZES

OBJECT_CLASSES = tuple(sorted(SIZES))
"""The classes of objects that can be simulated."""


def run_lengths(mask: NDArray[np.bool_]) -> dict[str, list[int]]:
    """Return a ``(H, W)`` mask as COCO's uncompressed run lengths: column by column, first the run of zeros."""
    flat = mask.ravel(order="F").astype(np.int8)
    change = np.flatnonzero(np.diff(flat, prepend=np.int8(0)))
    runs = np.diff(change, prepend=0, append=flat.size)
    return {"size": list(mask.shape), "counts": runs.tolist()}


def image_record(chip: SimulatedChip, image_id: int, file_name: str) -> dict[str, Any]:
    """Return the COCO ``images`` entry, with land cover, sensor and look beside the standard fields."""
    size = {"width": chip.image.width, "height": chip.image.height}
    scene = {"land_cover": chip.land_cover, "sensor": chip.sensor, "seen_from": chip.seen_from}
    return {"id": image_id, "file_name": file_name, **size, **scene}


def annotation_records(chip: SimulatedChip, image_id: int) -> list[dict[str, Any]]:
    """Return the COCO ``annotations`` entries of a chip, without their ids; the box is [xmin, ymin, w, h]."""
    return [_annotation(chip, item, image_id) for item in chip.objects]


def coco_document(
    info: dict[str, Any], images: list[dict[str, Any]], annotations: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return the whole COCO document; annotations are numbered from 1 in their order."""
    categories = [{"id": index, "name": name} for index, name in enumerate(OBJECT_CLASSES, start=1)]
    numbered = [{"id": index, **annotation} for index, annotation in enumerate(annotations, start=1)]
    return {"info": info, "images": images, "annotations": numbered, "categories": categories}


def _annotation(chip: SimulatedChip, item: SimulatedObject, image_id: int) -> dict[str, Any]:
    xmin, ymin, xmax, ymax = item.box
    return {
        "image_id": image_id,
        "category_id": OBJECT_CLASSES.index(item.class_name) + 1,
        "bbox": [xmin, ymin, xmax - xmin, ymax - ymin],
        "area": int(item.mask.sum()),
        "segmentation": run_lengths(item.full_mask(chip.image.height, chip.image.width)),
        "iscrowd": 0,
    }

"""COCO JSON: ``images``, ``annotations`` with boxes and masks and, where a file has them, ``categories``."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from sarvl.annotations.annotated_image import AnnotatedObject, Box, Reject
from sarvl.annotations.format import Format, FormatInput
from sarvl.annotations.parsing.coco_masks import Mask, measure_masks, polygon_corners
from sarvl.annotations.parsing.plain_text import plain_text
from sarvl.annotations.record import Record
from sarvl.errors import AnnotationError, ImageError
from sarvl.files import read_json
from sarvl.imagery import read_size
from sarvl.recipes import RecipeModel

_MAX_SIDE_PX = 2**31


class CocoOptions(RecipeModel):
    """The options of format ``coco``."""

    boxes: Literal["stated", "masks"] = "stated"
    """``stated`` takes the box from ``bbox``; ``masks`` puts it around the pixels of the mask (RemoteCLIP's M2B), and
    then no ``bbox`` is needed."""
    corners: Literal["none", "polygons"] = "none"
    """``polygons`` takes oriented boxes from the polygons: one of four points is the box itself, any others give the
    smallest rectangle around all their points."""


def read_coco(source: FormatInput[CocoOptions]) -> Iterator[Record | Reject]:
    """Yield one Record an entry of ``images``, and a Reject for each entry that cannot be read.

    ``segmentation``, polygons or run lengths, gives an object the area of its mask. A crowd (``iscrowd``) is refused:
    nobody knows how many there are, and so nothing is said of its class in that image.
    A file without ``categories`` is read where ``class_names`` names its category ids.
    Raises AnnotationError where the file is no COCO file or a category has no name.
    Source: COCO data format, object detection.
    """
    path = source.annotations
    data = read_json(path, AnnotationError)
    entries, annotations = _lists(data, path)
    class_of = _class_names(data, annotations, source, path)
    images: dict[Any, dict[str, Any]] = {}
    for number, entry in enumerate(entries):
        refused = _image_refusal(entry, images)
        if refused:
            yield Reject(source.name, "image", f"{path.name}: images[{number}]", *refused)
        else:
            images[entry["id"]] = entry
    numbers: dict[Any, list[int]] = defaultdict(list)
    crowds: dict[Any, set[str]] = defaultdict(set)
    for number, annotation in enumerate(annotations):
        problem = _problem_of(annotation, images)
        if problem:
            yield _box_reject(source, path, number, problem)
        elif annotation.get("iscrowd"):
            yield _box_reject(source, path, number, "iscrowd: a crowd has no count")
            crowds[annotation["image_id"]].add(class_of[annotation["category_id"]])
        else:
            numbers[annotation["image_id"]].append(number)
    for key, size in _sizes(images, source).items():
        if size is None:  # read_source refuses this image, and says why
            yield Record((images[key]["file_name"],))
            continue
        objects = []
        parsed = _objects([annotations[number] for number in numbers[key]], size, class_of, source.options)
        for number, item in zip(numbers[key], parsed, strict=True):
            if isinstance(item, str):
                yield _box_reject(source, path, number, item)
            else:
                objects.append(item)
        uncounted = tuple(sorted(crowds[key]))
        yield Record((images[key]["file_name"],), size, tuple(objects), uncounted_classes=uncounted)


def _box_reject(source: FormatInput[CocoOptions], path: Path, number: int, problem: str) -> Reject:
    return Reject(source.name, "box", f"{path.name}: annotations[{number}]", problem, "correct this entry")


def _lists(data: Any, path: Path) -> tuple[list[Any], list[Any]]:
    if not isinstance(data, dict) or not isinstance(data.get("images"), list):
        raise AnnotationError(f"{path}: no list `images`; give a COCO file, or set another format")
    annotations = data.get("annotations", [])
    if not isinstance(annotations, list):
        raise AnnotationError(f"{path}: `annotations` is not a list; give a COCO file, or set another format")
    return data["images"], annotations


def _class_names(
    data: dict[str, Any], annotations: list[Any], source: FormatInput[CocoOptions], path: Path
) -> dict[Any, str]:
    categories = data.get("categories") or []
    if not isinstance(categories, list):
        raise AnnotationError(f"{path}: `categories` is not a list; give a COCO file, or set another format")
    entries = [entry for entry in categories if isinstance(entry, dict) and _is_key(entry.get("id"))]
    names = {entry["id"]: entry["name"] for entry in entries if plain_text(entry.get("name"))}
    used = {a["category_id"] for a in annotations if isinstance(a, dict) and _is_key(a.get("category_id"))}
    nameless = sorted(str(key) for key in used - set(names))
    unknown = [key for key in nameless if key not in source.class_names]
    if unknown:
        raise AnnotationError(
            f"{path}: no category is named for the ids {', '.join(unknown[:8])}; "
            f"add to the source `class_names: {{{unknown[0]}: <name>, ...}}`"
        )
    return names | {key: str(key) for key in used if str(key) in nameless}


def _image_refusal(entry: Any, known: dict[Any, dict[str, Any]]) -> tuple[str, str] | None:
    """Return the reason and the advice where an entry of ``images`` cannot be read."""
    if not isinstance(entry, dict) or not _is_key(entry.get("id")) or plain_text(entry.get("file_name")) is None:
        return "entry has no id or no file_name", "correct this entry"
    if entry["id"] in known:
        return f"id {entry['id']!r} stands twice", "give each image its own id"
    return None


def _problem_of(annotation: Any, images: dict[Any, dict[str, Any]]) -> str | None:
    if not isinstance(annotation, dict):
        return "entry is not an object"
    if not _is_key(annotation.get("image_id")) or annotation["image_id"] not in images:
        return f"image_id {annotation.get('image_id')!r} is not among the images"
    if not _is_key(annotation.get("category_id")):
        return "entry has no category_id"
    return None


def _sizes(images: dict[Any, dict[str, Any]], source: FormatInput[CocoOptions]) -> dict[Any, tuple[int, int] | None]:
    """Return the size of each image as declared, else as its file's header says, or None where no file says it."""
    sizes = {key: _declared_size(image) for key, image in images.items()}
    for key in [key for key, size in sizes.items() if size is None]:
        with suppress(LookupError, ImageError):
            sizes[key] = read_size(source.files.path(source.files.find((images[key]["file_name"],))))
    return sizes


def _declared_size(image: dict[str, Any]) -> tuple[int, int] | None:
    sides = image.get("width"), image.get("height")
    width, height = (side if type(side) is int and 0 < side < _MAX_SIDE_PX else None for side in sides)
    return (width, height) if width and height else None


def _objects(
    annotations: list[dict[str, Any]], size: tuple[int, int], class_of: dict[Any, str], options: CocoOptions
) -> list[AnnotatedObject | str]:
    """Return the object of each annotation of one image, or the reason why it cannot be read."""
    masks = measure_masks([annotation.get("segmentation") for annotation in annotations], *size)
    return [
        _object_of(annotation, mask, class_of[annotation["category_id"]], options)
        for annotation, mask in zip(annotations, masks, strict=True)
    ]


def _object_of(
    annotation: dict[str, Any], mask: Mask | str | None, class_name: str, options: CocoOptions
) -> AnnotatedObject | str:
    if isinstance(mask, str):
        return mask
    bbox = annotation.get("bbox")
    if options.boxes == "masks":
        if mask is None or not mask.area_px:
            return "no pixel of a mask, from which its box would come"
        box = mask.box
    elif isinstance(bbox, list) and len(bbox) == 4 and all(_is_number(value) for value in bbox):
        x, y, width, height = (float(value) for value in bbox)
        box = Box(x, y, x + width, y + height)
    else:
        return f"bbox {str(bbox)[:60]} is not four numbers"
    corners = polygon_corners(annotation["segmentation"]) if mask and options.corners == "polygons" else None
    return AnnotatedObject(class_name, box, corners, mask.area_px if mask else None)


def _is_key(value: object) -> bool:
    return isinstance(value, int | str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9


FORMAT = Format(
    read_coco,
    CocoOptions,
    reads="COCO JSON: SARDet-100K, SSDD, HRSID",
    annotations="the JSON file",
    gives="boxes, oriented boxes, mask areas",
    lists_images=False,
)

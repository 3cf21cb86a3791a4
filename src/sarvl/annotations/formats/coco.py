"""COCO JSON: ``images``, ``annotations`` and, where a file has them, ``categories``."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sarvl.annotations.annotated_image import AnnotatedObject, Box, Reject
from sarvl.annotations.format import Format
from sarvl.annotations.record import Record
from sarvl.annotations.source import Source
from sarvl.errors import AnnotationError
from sarvl.files import read_json


def read_coco(source: Source) -> Iterator[Record | Reject]:
    """Yield one Record an entry of ``images``, and a Reject for each entry that cannot be read.

    A file without ``categories`` is read where ``class_names`` names its category ids.
    Raises AnnotationError where the file is no COCO file or a category has no name.
    Source: COCO data format, object detection.
    """
    assert source.annotations is not None  # the recipe demands it of this format
    path = source.annotations
    data = read_json(path, AnnotationError)
    images, annotations = _lists(data, path)
    class_of = _class_names(data, annotations, source, path)
    objects: dict[Any, list[AnnotatedObject]] = defaultdict(list)
    known = {image["id"] for image in images if isinstance(image, dict) and _is_key(image.get("id"))}
    for number, annotation in enumerate(annotations):
        problem = _problem_of(annotation, known)
        if problem:
            yield Reject(source.name, "box", f"{path.name}: annotations[{number}]", problem, "correct this entry")
            continue
        objects[annotation["image_id"]].append(
            AnnotatedObject(class_of[annotation["category_id"]], _box(annotation["bbox"]))
        )
    yield from _records(images, objects, source, path)


def _records(
    images: list[Any], objects: dict[Any, list[AnnotatedObject]], source: Source, path: Path
) -> Iterator[Record | Reject]:
    seen: set[Any] = set()
    for number, image in enumerate(images):
        where = f"{path.name}: images[{number}]"
        if not isinstance(image, dict) or not _is_key(image.get("id")) or not isinstance(image.get("file_name"), str):
            yield Reject(source.name, "image", where, "entry has no id or no file_name", "correct this entry")
        elif image["id"] in seen:
            yield Reject(source.name, "image", where, f"id {image['id']} stands twice", "give each image its own id")
        else:
            seen.add(image["id"])
            yield Record((image["file_name"],), _size(image), tuple(objects[image["id"]]))


def _lists(data: Any, path: Path) -> tuple[list[Any], list[Any]]:
    if not isinstance(data, dict) or not isinstance(data.get("images"), list):
        raise AnnotationError(f"{path}: no list `images`; give a COCO file, or set another format")
    annotations = data.get("annotations", [])
    if not isinstance(annotations, list):
        raise AnnotationError(f"{path}: `annotations` is not a list; give a COCO file, or set another format")
    return data["images"], annotations


def _class_names(data: dict[str, Any], annotations: list[Any], source: Source, path: Path) -> dict[Any, str]:
    categories = data.get("categories") or []
    names = {
        c["id"]: str(c["name"]) for c in categories if isinstance(c, dict) and _is_key(c.get("id")) and "name" in c
    }
    used = {a["category_id"] for a in annotations if isinstance(a, dict) and _is_key(a.get("category_id"))}
    nameless = sorted(str(key) for key in used - set(names))
    unknown = [key for key in nameless if key not in source.class_names]
    if unknown:
        raise AnnotationError(
            f"{path}: no category is named for the ids {', '.join(unknown[:8])}; "
            f"add to the source `class_names: {{{unknown[0]}: <name>, ...}}`"
        )
    return names | {key: str(key) for key in used if str(key) in nameless}


def _problem_of(annotation: Any, known: set[Any]) -> str | None:
    if not isinstance(annotation, dict):
        return "entry is not an object"
    if not _is_key(annotation.get("image_id")) or annotation["image_id"] not in known:
        return f"image_id {annotation.get('image_id')!r} is not among the images"
    if not _is_key(annotation.get("category_id")):
        return "entry has no category_id"
    box = annotation.get("bbox")
    if not isinstance(box, list) or len(box) != 4 or not all(_is_number(value) for value in box):
        return f"bbox {str(box)[:60]} is not four numbers"
    return "iscrowd: a crowd has no count" if annotation.get("iscrowd") else None


def _box(bbox: list[float]) -> Box:
    x, y, width, height = (float(value) for value in bbox)
    return Box(x, y, x + width, y + height)


def _size(image: dict[str, Any]) -> tuple[int, int] | None:
    width, height = image.get("width"), image.get("height")
    return (width, height) if isinstance(width, int) and isinstance(height, int) and width > 0 < height else None


def _is_key(value: object) -> bool:
    return isinstance(value, int | str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9


FORMAT = Format(read_coco)

"""COCO JSON: ``images``, ``annotations`` with boxes and masks and, where a file has them, ``categories``."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from sarvl.annotations.annotated_image import EVERY_CLASS, AnnotatedObject, Box, Reject
from sarvl.annotations.format import Format, FormatInput
from sarvl.annotations.parsing.coco_ids import Key, category_names, is_like_none, key_of
from sarvl.annotations.parsing.coco_masks import Mask, measure_masks, polygon_corners
from sarvl.annotations.parsing.other_forms import advice_for
from sarvl.annotations.parsing.plain_text import plain_text
from sarvl.annotations.record import ListedClasses, Record, RefusedObject
from sarvl.errors import AnnotationError, ImageError
from sarvl.files import read_json
from sarvl.imagery import read_size
from sarvl.recipes import RecipeModel

_MAX_SIDE_PX = 2**31
_BOX_KEYS = frozenset({"bbox", "segmentation", "category_id"})
_UNSET = (None, 0, "0", "")  # of the flags of a crowd; False is 0
_Numbered = list[tuple[int, Any]]  # annotations, each with its place in the file


class CocoOptions(RecipeModel):
    """The options of format ``coco``."""

    boxes: Literal["stated", "masks"] = "stated"
    """``stated`` takes the box from ``bbox``; ``masks`` puts it around the pixels of the mask (RemoteCLIP's M2B), and
    then no ``bbox`` is needed."""
    corners: Literal["none", "polygons"] = "none"
    """``polygons`` takes oriented boxes from the polygons: one of four points is the box itself, any others give the
    smallest rectangle around all their points."""
    prefix: str = ""
    """Removed from the front of file names, where it stands there: paths of another machine."""


def read_coco(source: FormatInput[CocoOptions]) -> Iterator[Record | Reject | ListedClasses]:
    """Yield the categories, one Record an entry of ``images``, and a Reject for each entry that cannot be read.

    ``segmentation``, polygons or run lengths, gives an object the area of its mask; one that cannot be read is left out
    and noted where there is a ``bbox``. A crowd (``iscrowd``, ``ignore``) is refused: nobody knows how many there are.
    Ids are whole numbers or text, and ``"7"`` is 7. Where it cannot be told which image an object is in, or no object
    is in any that is listed, nothing is counted or denied of its class in any.
    A file without ``categories`` is read where ``class_names`` names its category ids.
    Raises AnnotationError where the file is no COCO file or a category has no name, or two.
    Source: COCO data format, object detection.
    """
    path = source.annotations
    data = read_json(path, AnnotationError)
    entries, annotations = _lists(data, path)
    used = {key for entry in annotations if (key := key_of(entry, "category_id")) is not None}
    class_of = category_names(data, used, source.class_names, path)
    if data.get("categories"):
        ids = [str(key) for key in class_of if str(key) in source.class_names]
        yield ListedClasses((*class_of.values(), *ids))
    images: dict[Key, dict[str, Any]] = {}
    counts = Counter(key_of(entry, "id") for entry in entries)
    for number, entry in enumerate(entries):
        key = key_of(entry, "id")
        refused = _image_refusal(entry, key, counts[key])
        if refused or key is None:
            yield Reject(source.name, "image", f"{path.name}: images[{number}]", *(refused or ()))
        else:
            images[key] = entry | {"file_name": entry["file_name"].removeprefix(source.options.prefix)}
    numbered: dict[Key | None, _Numbered] = defaultdict(list)
    for number, annotation in enumerate(annotations):
        numbered[key_of(annotation, "image_id")].append((number, annotation))
    orphans = {key: items for key, items in numbered.items() if key is None or key not in images}
    yield from (_orphan(source, *item) for items in orphans.values() for item in items)
    listed = [key for key in counts if key is not None]
    lost = orphans if numbered.keys().isdisjoint(listed) else [key for key in orphans if is_like_none(key, listed)]
    open_classes = _classes_of([item for key in lost for item in orphans[key]], class_of)
    for key, size in _sizes(images, source).items():
        if size is None:  # read_source refuses this image, and says why
            yield Record((images[key]["file_name"],))
        else:
            record = _record_of(images[key]["file_name"], size, numbered[key], class_of, source)
            yield record._replace(open_classes=open_classes)


def _image_refusal(entry: Any, key: Key | None, count: int) -> tuple[str, str] | None:
    """Return the reason and the advice where an entry of ``images`` cannot be read; count: how many have its id."""
    if key is None or plain_text(entry.get("file_name")) is None:
        return "entry has no id or no file_name", "correct this entry"
    if count > 1:
        return f"id {key!r} stands twice, so that whose its objects are cannot be told", "give each image its own id"
    return None


def _orphan(source: FormatInput[CocoOptions], number: int, annotation: Any) -> Reject:
    where = f"{source.annotations.name}: annotations[{number}]"
    if not isinstance(annotation, dict):
        return Reject(source.name, "box", where, "entry is not an object", "correct this entry")
    reason = f"image_id {repr(annotation.get('image_id'))[:60]} is not among the images"
    return Reject(source.name, "box", where, reason, "correct this entry")


def _classes_of(numbered: _Numbered, class_of: Mapping[Key, str]) -> tuple[str, ...]:
    keys = [key_of(annotation, "category_id") for _, annotation in numbered]
    return tuple(sorted({EVERY_CLASS if key is None else class_of[key] for key in keys}))


def _record_of(
    file_name: str,
    size: tuple[int, int],
    numbered: _Numbered,
    class_of: Mapping[Key, str],
    source: FormatInput[CocoOptions],
) -> Record:
    objects, refused, notes = [], [], []
    masks = measure_masks([annotation.get("segmentation") for _, annotation in numbered], *size)
    for (number, annotation), mask in zip(numbered, masks, strict=True):
        where, key = f"{source.annotations.name}: annotations[{number}]", key_of(annotation, "category_id")
        class_name = None if key is None else class_of[key]
        try:
            item, note = _object_of(annotation, mask, class_name, source.options)
        except ValueError as problem:
            refused.append(RefusedObject(where, str(problem), class_name))
            continue
        objects.append(item)
        notes += [f"{where}: {note}"] if note else []
    return Record((file_name,), size, tuple(objects), refused=tuple(refused), notes=tuple(notes))


def _lists(data: Any, path: Path) -> tuple[list[Any], list[Any]]:
    if not isinstance(data, dict) or not isinstance(data.get("images"), list):
        raise AnnotationError(f"{path}: no list `images`; {_advice(path, data)}")
    annotations = data.get("annotations", [])
    if not isinstance(annotations, list):
        raise AnnotationError(f"{path}: `annotations` is not a list; {_advice(path, data)}")
    if not any(isinstance(entry, dict) and _BOX_KEYS & entry.keys() for entry in annotations):
        advice = advice_for(path, "coco", data)
        if "it looks like" in advice:
            raise AnnotationError(f"{path}: no annotation has a bbox, a segmentation or a category_id; {advice}")
    return data["images"], annotations


def _advice(path: Path, data: Any) -> str:
    advice = advice_for(path, "coco", data)
    return advice if "it looks like" in advice else "give a COCO file, or set another format"


def _sizes(images: dict[Key, dict[str, Any]], source: FormatInput[CocoOptions]) -> dict[Key, tuple[int, int] | None]:
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


def _object_of(
    annotation: dict[str, Any], mask: Mask | str | None, class_name: str | None, options: CocoOptions
) -> tuple[AnnotatedObject, str | None]:
    """Return the object of an annotation, and what to note of it; ValueError with the reason why it cannot be read."""
    if class_name is None:
        raise ValueError("entry has no category_id")
    for flag in ("iscrowd", "ignore"):
        if annotation.get(flag) not in _UNSET:
            raise ValueError(f"{flag}: a crowd has no count")
    if options.boxes == "masks":
        if isinstance(mask, str):
            raise ValueError(mask)
        if mask is None or not mask.area_px:
            raise ValueError("no pixel of a mask, from which its box would come")
        box = mask.box
    else:
        box = _stated_box(annotation.get("bbox"))
    if mask is None or isinstance(mask, str):
        return AnnotatedObject(class_name, box), mask and f"left out, its bbox stands: {mask}"
    corners = polygon_corners(annotation["segmentation"]) if options.corners == "polygons" else None
    return AnnotatedObject(class_name, box, corners, mask.area_px), None


def _stated_box(bbox: Any) -> Box:
    if not (isinstance(bbox, list) and len(bbox) == 4 and all(_is_number(value) for value in bbox)):
        raise ValueError(f"bbox {str(bbox)[:60]} is not four numbers")
    x, y, width, height = (float(value) for value in bbox)
    return Box(x, y, x + width, y + height)


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

"""LabelMe JSON: one file an image, its ``shapes`` with points in pixels (labelme, X-AnyLabeling)."""

from collections import defaultdict
from collections.abc import Iterator
from math import dist
from os.path import abspath
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from sarvl.annotations.annotated_image import AnnotatedObject, Box, Reject
from sarvl.annotations.format import Format, FormatInput
from sarvl.annotations.parsing.corners import MAX_COORDINATE
from sarvl.annotations.parsing.label_files import label_files
from sarvl.annotations.parsing.other_forms import advice_for
from sarvl.annotations.parsing.outlines import OutlineCorners, Point, box_around, object_of_outlines
from sarvl.annotations.parsing.plain_text import plain_text
from sarvl.annotations.parsing.xml_files import image_names
from sarvl.annotations.record import Record, RefusedObject
from sarvl.errors import AnnotationError
from sarvl.files import read_json
from sarvl.recipes import RecipeModel

_MAX_SIDE_PX = 2**31
_WITHOUT_AREA = ("point", "points", "line", "linestrip")
_TWO, _FOUR = 2, 4


class LabelmeOptions(RecipeModel):
    """The options of format ``labelme``."""

    corners: OutlineCorners = "none"
    """``polygons`` takes oriented boxes from polygons and turned rectangles: one of four points is the box itself, any
    others give the smallest rectangle around all their points."""


class _Part(NamedTuple):
    """A shape, or a part of an object: its outline, or the box alone where it is none."""

    box: Box
    outline: list[Point] | None


def read_labelme(source: FormatInput[LabelmeOptions]) -> Iterator[Record | Reject]:
    """Yield one Record a JSON file, in the order of their relative paths.

    The image is looked for by ``imagePath``, relative to the JSON file, then by its name and by the JSON file's own.
    Rectangles, circles, masks and polygons are objects; shapes of one label and ``group_id`` are one. Points and lines
    have no area and are refused. Raises AnnotationError where there is no JSON file, or a single one is none of
    LabelMe's.
    Source: labelme 5, ``label_file.py`` and ``shape.py``; X-AnyLabeling (``rotation``).
    """
    path = source.annotations
    if path.is_file():
        yield _record_of(path, PurePosixPath(path.name), source, is_alone=True)
        return
    for file in label_files(source.annotation_files, path, ".json", "labelme"):
        relative = PurePosixPath(file.relative_to(path).as_posix())
        try:
            yield _record_of(file, relative, source, is_alone=False)
        except AnnotationError as problem:
            reason = str(problem).replace(f"{path}/", "")
            yield Reject(source.name, "image", relative.as_posix(), reason, "correct or remove this file")


def _record_of(
    file: Path, relative: PurePosixPath, source: FormatInput[LabelmeOptions], is_alone: bool
) -> Record | Reject:
    data = read_json(file, AnnotationError)
    if not isinstance(data, dict) or not isinstance(data.get("shapes"), list):
        raise AnnotationError(f"{file}: no list `shapes`; {advice_for(file, 'labelme', data)}")
    names = _names_of(data, file, relative, source)
    if plain_text(data.get("imageData")) and not _is_there(names, source):
        reason, advice = "image is missing, but embedded as imageData", "write it to a file in the folder of the images"
        return Reject(source.name, "image", relative.as_posix(), reason, advice)
    where = file.name if is_alone else relative.as_posix()
    size = _size_of(data)
    objects, refused = _objects(data["shapes"], size, where, source.options)
    flags = data.get("flags")
    raised = sorted(str(name)[:40] for name, is_set in flags.items() if is_set) if isinstance(flags, dict) else []
    notes = (f"flags left out: {', '.join(raised[:8])}",) if raised else ()
    return Record(names, size, tuple(objects), refused=tuple(refused), notes=notes)


def _names_of(
    data: dict[str, Any], file: Path, relative: PurePosixPath, source: FormatInput[LabelmeOptions]
) -> tuple[str, ...]:
    named = (plain_text(data.get("imagePath")) or "").replace("\\", "/")
    names = image_names(named, relative.with_suffix("").as_posix())
    try:
        beside = Path(_normal(file.parent / named)).relative_to(_normal(source.images)).as_posix()
    except ValueError:
        return names
    return (beside, *names) if named else names


def _normal(path: Path) -> str:
    """Return a path without ``..``; links stay as they are, since only the image folder's own files are taken."""
    return abspath(path)  # noqa: PTH100 - resolve() follows links


def _is_there(names: tuple[str, ...], source: FormatInput[LabelmeOptions]) -> bool:
    try:
        source.files.find(names)
    except LookupError as problem:
        return "fits" in str(problem)
    return True


def _size_of(data: dict[str, Any]) -> tuple[int, int] | None:
    width, height = (
        side if type(side) is int and 0 < side < _MAX_SIDE_PX else None
        for side in (data.get("imageWidth"), data.get("imageHeight"))
    )
    return (width, height) if width and height else None


def _objects(
    shapes: list[Any], size: tuple[int, int] | None, where: str, options: LabelmeOptions
) -> tuple[list[AnnotatedObject], list[RefusedObject]]:
    parts: dict[tuple[str, object], list[_Part]] = defaultdict(list)
    refused = []
    for number, shape in enumerate(shapes):
        label = plain_text(shape.get("label")) if isinstance(shape, dict) else None
        try:
            if label is None:
                raise ValueError("shape has no `label`")
            group = shape.get("group_id")
            key = (label, ("group", group) if isinstance(group, int | str) else number)
            part = _part_of(shape)
        except ValueError as problem:
            advice = "draw a rectangle or polygon around it" if "has no area" in str(problem) else "correct this shape"
            refused.append(RefusedObject(f"{where}: shapes[{number}]", str(problem), label, advice))
        else:
            parts[key].append(part)
    return [_object_of(label, own, size, options) for (label, _), own in parts.items()], refused


def _object_of(
    label: str, parts: list[_Part], size: tuple[int, int] | None, options: LabelmeOptions
) -> AnnotatedObject:
    outlines = [part.outline for part in parts if part.outline]
    if len(outlines) == len(parts):
        return object_of_outlines(label, outlines, size, options.corners)
    return AnnotatedObject(label, box_around([corner for part in parts for corner in (part.box[:2], part.box[2:])]))


def _part_of(shape: dict[str, Any]) -> _Part:
    """Return a shape as a part of an object; ValueError with the reason why it cannot be one."""
    kind, points = shape.get("shape_type") or "polygon", _points(shape.get("points"))
    if kind in _WITHOUT_AREA:
        raise ValueError(f"a {kind} has no area")
    if kind == "circle" and len(points) == _TWO:
        (x, y), edge = points
        radius = dist((x, y), edge)
        return _Part(box_around([(x - radius, y - radius), (x + radius, y + radius)]), None)
    if kind == "mask" and len(points) == _TWO:
        left, top, right, bottom = box_around(points)
        return _Part(Box(left, top, right + 1, bottom + 1), None)  # its last row and column are named
    if kind == "rectangle" and len(points) in {_TWO, _FOUR}:
        return _Part(box_around(points), None)
    if kind in {"rotation", "oriented_rectangle"} and len(points) == _FOUR:
        return _Part(box_around(points), points)
    if kind == "polygon" and len(points) > _TWO:
        return _Part(box_around(points), points)
    raise ValueError(f"a {str(kind)[:40]} of {len(points)} points is not read")


def _points(value: Any) -> list[Point]:
    if not isinstance(value, list) or not all(_is_point(point) for point in value):
        raise ValueError(f"points {str(value)[:60]} are not pairs of numbers")
    return [(float(x), float(y)) for x, y in value]


def _is_point(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == _TWO
        and all(type(number) in {int, float} and abs(number) < MAX_COORDINATE for number in value)
    )


FORMAT = Format(
    read_labelme,
    LabelmeOptions,
    reads="LabelMe JSON: labelme, X-AnyLabeling",
    annotations="a JSON file or a folder of them",
    gives="boxes, oriented boxes, mask areas",
    lists_images=False,
)

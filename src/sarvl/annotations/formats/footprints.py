"""Building footprints of SpaceNet: one CSV, one polygon a row, as text (WKT) in pixels of the image."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from pydantic import Field, field_validator

from sarvl.annotations.annotated_image import AnnotatedObject, Box, Reject
from sarvl.annotations.format import Format, FormatInput
from sarvl.annotations.parsing.coco_masks import measure_masks
from sarvl.annotations.parsing.corners import number_of
from sarvl.annotations.parsing.plain_text import composed
from sarvl.annotations.record import ListedClasses, Record, RefusedObject
from sarvl.errors import AnnotationError, ImageError, unreadable
from sarvl.files import file_bytes
from sarvl.imagery import read_size
from sarvl.recipes import RecipeModel

MAX_CSV_BYTES = 2**31
IMAGE_COLUMN, POLYGON_COLUMN = "ImageId", "PolygonWKT_Pix"
_RING = r"\([^()]*\)"
_POLYGON = rf"\(\s*{_RING}(?:\s*,\s*{_RING})*\s*\)"
_SEVERAL = rf"\(\s*{_POLYGON}(?:\s*,\s*{_POLYGON})*\s*\)"
_WKT = re.compile(rf"\s*(?:POLYGON(?:\s*Z)?\s*{_POLYGON}|MULTIPOLYGON(?:\s*Z)?\s*{_SEVERAL})\s*")
_EMPTY = re.compile(r"\s*(?:MULTI)?POLYGON(?:\s*Z)?\s+EMPTY\s*")


class FootprintsOptions(RecipeModel):
    """The options of format ``footprints``."""

    class_name: str = Field(default="building", min_length=1)
    """What the footprints are of."""
    image_pattern: re.Pattern[str] | None = Field(default=None, examples=["(?P<image>tile_[0-9]+)"])
    """Regular expression whose part ``image`` finds an image's ``ImageId`` in its relative path; by default the name
    without its ending is the id."""

    @field_validator("image_pattern")
    @classmethod
    def _named_part(cls, value: re.Pattern[str] | None) -> re.Pattern[str] | None:
        if value is not None and "image" not in value.groupindex:
            raise ValueError("image_pattern has no part named image; write (?P<image>...)")
        return value


class _Row(NamedTuple):
    """A row of the table: where it stands, and its polygon as text."""

    where: str
    wkt: str


def read_footprints(source: FormatInput[FootprintsOptions]) -> Iterator[Record | Reject | ListedClasses]:
    """Yield the class, and one Record an image below ``images`` that matches ``include``, with the polygons of its id.

    ``POLYGON EMPTY`` says that nothing is in the image. ``area_px`` counts the pixels within the image, those of holes
    taken off. A polygon that cannot be read is a Reject, as are an image without a row and rows without an image.
    Raises AnnotationError where the table cannot be read or lacks the columns.
    Source: SpaceNet challenge, building footprint CSV (``ImageId``, ``PolygonWKT_Pix``).
    """
    yield ListedClasses((source.options.class_name,))
    rows = _rows_by_image(source.annotations)
    unplaced = [row for row in rows.pop("", ()) if row.wkt.strip() and not _EMPTY.fullmatch(row.wkt)]
    for row in unplaced:
        yield Reject(source.name, "box", row.where, "no ImageId", "name the image in this row")
    open_classes = (source.options.class_name,) if unplaced else ()  # it may be of any image
    named: set[str] = set()
    for file in source.listing.images():
        if isinstance(file, Reject):
            yield file
            continue
        image_id = _image_id(file, source.options)
        if image_id in rows:
            named.add(image_id)
            entry = _record_of(file, rows[image_id], source)
            yield entry._replace(open_classes=open_classes) if isinstance(entry, Record) else entry
        else:
            reason = f"no row of {source.annotations.name} has its ImageId {image_id!r}"
            yield Reject(source.name, "image", file, reason, "add `POLYGON EMPTY` for it, or correct image_pattern")
    for image_id in sorted(rows.keys() - named):
        yield Reject(source.name, "image", image_id, "image is missing", "put the image into the folder")


def _rows_by_image(path: Path) -> dict[str, list[_Row]]:
    rows: dict[str, list[_Row]] = defaultdict(list)
    try:
        if file_bytes(path) > MAX_CSV_BYTES:
            raise AnnotationError(f"{path}: larger than {MAX_CSV_BYTES} bytes; split it into several files")
        with path.open(encoding="utf-8-sig", newline="") as stream:
            table = csv.DictReader(stream, strict=True)
            missing = {IMAGE_COLUMN, POLYGON_COLUMN} - set(table.fieldnames or ())
            if missing:
                raise AnnotationError(f"{path}: no column {min(missing)}; give the footprint table of SpaceNet")
            for row in table:
                where = f"{path.name}: line {table.line_num}"
                rows[composed(row[IMAGE_COLUMN] or "")].append(_Row(where, row[POLYGON_COLUMN] or ""))
    except OSError as problem:
        raise AnnotationError(unreadable(path, problem)) from problem
    except (csv.Error, UnicodeDecodeError) as problem:
        raise AnnotationError(f"{path}: not a CSV in UTF-8 ({problem}); check that the file is complete") from problem
    return rows


def _image_id(file: str, options: FootprintsOptions) -> str:
    """Return the ImageId of an image file; empty where the pattern does not find one."""
    if options.image_pattern is None:
        return composed(PurePosixPath(file).stem)
    match = options.image_pattern.search(file)
    return composed(match["image"] or "") if match else ""


def _record_of(file: str, rows: list[_Row], source: FormatInput[FootprintsOptions]) -> Record | Reject:
    try:
        width, height = read_size(source.images / file)
    except ImageError as problem:
        return Reject(source.name, "image", file, str(problem), "replace the file")
    class_name = source.options.class_name
    objects, refused = [], []
    for row in rows:
        if _EMPTY.fullmatch(row.wkt):
            continue
        try:
            objects.append(_object_of(row.wkt, width, height, class_name))
        except ValueError as problem:
            refused.append(RefusedObject(row.where, str(problem), class_name, "correct this row"))
    return Record((file,), (width, height), tuple(objects), refused=tuple(refused))


def _object_of(wkt: str, width: int, height: int, class_name: str) -> AnnotatedObject:
    """Return the object of a polygon; ValueError with the reason where it cannot be read."""
    outlines, holes = _rings_of(wkt)
    area_px = 0.0
    for rings, sign in ((outlines, 1), (holes, -1)):
        (mask,) = measure_masks([rings], width, height)
        if isinstance(mask, str):
            raise ValueError(mask)
        area_px += sign * mask.area_px if mask else 0
    xs, ys = ([value for ring in outlines for value in ring[axis::2]] for axis in (0, 1))
    return AnnotatedObject(class_name, Box(min(xs), min(ys), max(xs), max(ys)), area_px=max(area_px, 0.0))


def _rings_of(wkt: str) -> tuple[list[list[float]], list[list[float]]]:
    """Return the outlines and the holes of a POLYGON or MULTIPOLYGON, each as x, y, x, y, ..."""
    if not _WKT.fullmatch(wkt):
        raise ValueError(f"{wkt[:40]!r} is no POLYGON, MULTIPOLYGON or POLYGON EMPTY")
    outlines: list[list[float]] = []
    holes: list[list[float]] = []
    for polygon in re.findall(_POLYGON, wkt):
        outline, *inner = ([*_numbers(ring)] for ring in re.findall(r"\(([^()]*)\)", polygon))
        outlines.append(outline)
        holes += inner
    return outlines, holes


def _numbers(ring: str) -> Iterator[float]:
    for point in ring.split(","):
        values = point.split()
        if len(values) not in {2, 3}:
            raise ValueError(f"point {point.strip()[:40]!r} is not x, y and perhaps a height")
        yield from map(number_of, values[:2])


FORMAT = Format(
    read_footprints,
    FootprintsOptions,
    reads="building footprints of SpaceNet",
    annotations="the CSV",
    gives="boxes, areas",
)

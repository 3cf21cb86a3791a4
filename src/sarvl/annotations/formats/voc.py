"""VOC XML: one file an image, or one file that holds many ``annotation`` elements (SAR-AIRcraft-1.0)."""

import codecs
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Literal
from xml.etree.ElementTree import Element

from pydantic import Field, field_validator

from sarvl.annotations.annotated_image import AnnotatedObject, Box, Corners, Reject
from sarvl.annotations.format import Format, FormatInput
from sarvl.annotations.parsing.corners import corners_of, corners_of_rectangle, hull_of, number_of
from sarvl.annotations.parsing.label_files import label_lines
from sarvl.annotations.parsing.plain_text import composed
from sarvl.annotations.parsing.xml_files import image_names, size_of, xml_annotations
from sarvl.annotations.record import Record, RefusedObject
from sarvl.annotations.split_name import SplitName
from sarvl.errors import AnnotationError
from sarvl.recipes import RecipeModel, RecipePath


class VocOptions(RecipeModel):
    """The options of format ``voc``."""

    corners: Literal["none", "stated"] = "none"
    """``stated`` takes the oriented boxes that objects have beside their upright ones; with ``none``, a set in VOC and
    the same set in COCO give equal texts."""
    image_sets: dict[SplitName, RecipePath] = Field(default={}, examples=[{"train": "ImageSets/Main/train.txt"}])
    """Split to the file that lists its images: names without the ending, one a line. They are the official splits; a
    listed name that no XML describes is refused."""
    encoding: str | None = Field(default=None, examples=["gb18030"])
    """What the files are written in, where they are not in UTF-8 and do not say it, or say something else."""

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        try:
            return codecs.lookup(value).name if value else None
        except LookupError as problem:
            raise ValueError(f"{value!r} is no encoding that Python knows; write such as gb18030") from problem


_EDGES = ("xmin", "ymin", "xmax", "ymax")
_CORNERS = ("x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4")
_TURNED = ("cx", "cy", "w", "h", "angle")
_TURNED_SHIPRS = ("cx", "cy", "width", "height", "rot")


def read_voc(source: FormatInput[VocOptions]) -> Iterator[Record | Reject]:
    """Yield one Record an ``annotation`` element; files of a folder are read in the order of their names.

    In a folder, an image is looked for by its ``filename`` and then by the XML file's own stem, since real files leave
    out the extension or a prefix. Oriented boxes come from ``rotated_bndbox`` (SSDD), ``polygon`` (four points),
    ``rotated_box`` (ShipRSImageNet) or ``robndbox`` (roLabelImg); the box is ``bndbox``, or their hull where an object
    has none.
    Names of ``image_sets`` that no element has are Rejects.
    Raises AnnotationError where the path is missing, a single file cannot be read, or an image is in two lists.
    Source: PASCAL VOC 2012 development kit; Zhang et al. 2021 (SSDD); roLabelImg, pascal_voc_io.py.
    """
    split_of = _splits_by_stem(source.options.image_sets)
    described: set[str] = set()
    for element in xml_annotations(source, "voc", source.options.encoding):
        for item in (element,) if isinstance(element, Reject) else _record_of(*element, source):
            keys = _keys_of((item.file,) if isinstance(item, Reject) else item.names)
            described.update(keys)
            split = next((split_of[key] for key in keys if key in split_of), None)
            yield item if isinstance(item, Reject) else item._replace(official_split=split)
    for name, split in split_of.items():
        if name not in described:
            reason = f"stands in the list of split {split}, and no XML describes it"
            yield Reject(source.name, "image", name, reason, "add its XML file, or take it out of the list")


def _splits_by_stem(image_sets: Mapping[str, Path]) -> dict[str, str]:
    split_of: dict[str, str] = {}
    for split, path in image_sets.items():
        for number, line in label_lines(path):
            stem = composed(line.split()[0])  # lists of one class have a second column
            if split_of.setdefault(stem, split) != split:
                raise AnnotationError(f"{path}: line {number}: {stem} is in {split_of[stem]} too; keep it in one list")
    return split_of


def _keys_of(names: tuple[str, ...]) -> list[str]:
    """Return what a list may call an image of these names: with its ending or without."""
    return [composed(key) for name in names for key in (name, PurePosixPath(name).stem)]


def _record_of(
    element: Element, where: str, stem: str | None, source: FormatInput[VocOptions]
) -> Iterator[Record | Reject]:
    if element.find("objects") is not None:
        yield Reject(source.name, "image", where, "has `objects`, which VOC has not", "set format: fair")
        return
    names = image_names(element.findtext("filename"), stem)
    if not names:
        yield Reject(source.name, "image", where, "no `filename`", "name the image in this element")
        return
    objects, refused, notes = [], [], []
    for number, item in enumerate(element.findall("object")):
        here, name = f"{where}: object {number}", (item.findtext("name") or "").strip()
        try:
            labelled, note = _object_of(item, name, source.options)
        except ValueError as problem:
            refused.append(RefusedObject(here, str(problem), name or None, "correct this object"))
            continue
        objects.append(labelled)
        notes += [f"{here}: {note}"] if note else []
    yield Record(names, size_of(element), tuple(objects), refused=tuple(refused), notes=tuple(notes))


def _object_of(item: Element, name: str, options: VocOptions) -> tuple[AnnotatedObject, str | None]:
    """Return the object, and what to note of it; ValueError with the reason why it cannot be read."""
    if not name:
        raise ValueError("object has no `name`")
    has_box = item.find("bndbox") is not None
    box = Box(*_numbers(item, "bndbox", _EDGES)) if has_box else None
    try:
        corners, note = _corners_of(item), None
    except ValueError as problem:
        if box is None:
            raise
        corners, note = None, f"oriented box left out: {problem}" if options.corners == "stated" else None
    if box is None:
        box = hull_of(corners) if corners else Box(*_numbers(item, "bndbox", _EDGES))
    return AnnotatedObject(name, box, corners if options.corners == "stated" else None), note


def _corners_of(item: Element) -> Corners | None:
    """Return the oriented box of an object, where it has one; ValueError where it cannot be read."""
    if item.find("rotated_bndbox") is not None:
        return corners_of(_numbers(item, "rotated_bndbox", _CORNERS))
    if item.find("polygon/x4") is not None and item.find("polygon/x5") is None:  # else it is an outline, not a box
        return corners_of(_numbers(item, "polygon", _CORNERS))
    if item.find("rotated_box/x4") is not None:
        return corners_of(_numbers(item, "rotated_box", _CORNERS))
    if item.find("rotated_box") is not None:
        return corners_of_rectangle(*_numbers(item, "rotated_box", _TURNED_SHIPRS))
    if item.find("robndbox") is not None:
        return corners_of_rectangle(*_numbers(item, "robndbox", _TURNED))
    return None


def _numbers(item: Element, tag: str, names: tuple[str, ...]) -> list[float]:
    texts = [item.findtext(f"{tag}/{name}") for name in names]
    try:
        return [number_of(text) for text in texts]
    except ValueError as problem:
        count = {4: "four", 5: "five", 8: "eight"}[len(names)]
        raise ValueError(f"{tag} {texts} is not {count} numbers") from problem


FORMAT = Format(
    read_voc,
    VocOptions,
    reads="VOC XML: SSDD, SAR-Ship-Dataset, SAR-AIRcraft-1.0, ShipRSImageNet",
    annotations="an XML file or a folder of them",
    gives="boxes, oriented boxes",
    lists_images=False,
)

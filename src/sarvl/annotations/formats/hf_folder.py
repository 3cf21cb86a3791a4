"""Folders of Hugging Face: images with ``metadata.jsonl``, ``.csv`` or ``.parquet``: captions, questions, objects."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from sarvl.annotations.annotated_image import AnnotatedObject, Box, QuestionAnswer, Reject
from sarvl.annotations.format import Format, FormatInput
from sarvl.annotations.parsing.caption_keys import caption_values
from sarvl.annotations.parsing.corners import MAX_COORDINATE
from sarvl.annotations.parsing.json_entries import json_entries
from sarvl.annotations.parsing.other_forms import advice_for
from sarvl.annotations.parsing.plain_text import plain_text
from sarvl.annotations.record import Record, RefusedObject
from sarvl.annotations.split_name import SPLIT_NAME
from sarvl.errors import AnnotationError, unreadable
from sarvl.files import file_bytes
from sarvl.recipes import RecipeModel

MAX_METADATA_BYTES = 2**32
_NAMES = ("metadata.jsonl", "metadata.csv", "metadata.parquet")
_BOX_KEYS, _CLASS_KEYS = ("bbox", "bboxes", "boxes"), ("categories", "category", "category_id", "labels", "label")
_ROWS_A_BATCH = 1024
_EDGES = 4
_SPLITS = frozenset({"train", "validation", "val", "valid", "test"})
_TURNS = ("question", "answer")


class HfFolderOptions(RecipeModel):
    """The options of format ``hf_folder``."""

    boxes: Literal["xywh", "xyxy"] = "xywh"
    """What the four numbers of a box are, in pixels: left, top, width and height, as the documentation of Hugging Face
    and COCO have it, or left, top, right and bottom."""


@dataclass
class _Image:
    """What the rows of one image say."""

    split: str | None
    captions: list[str] = field(default_factory=list)
    questions: list[QuestionAnswer] = field(default_factory=list)
    objects: list[AnnotatedObject] = field(default_factory=list)
    refused: list[RefusedObject] = field(default_factory=list)
    open_classes: dict[str, None] = field(default_factory=dict)
    labels: dict[str, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)


def read_hf_folder(source: FormatInput[HfFolderOptions]) -> Iterator[Record | Reject]:
    """Yield one Record an image that the metadata name, in the order of its first row.

    ``annotations`` is a metadata file, or a folder that holds them at any depth; ``file_name`` is relative to its file,
    whose folder's name is the official split. Rows of one image are joined, exact repeats of texts left out. Captions
    are read as of ``captions``; ``questions`` hold ``question`` and ``answer``, which may also be columns; ``objects``
    hold ``bbox`` and ``categories``, and ``open_classes`` name those of which an object is left out; ``label`` is the
    class of the image. Numbers of classes are named by ``class_names``.
    Raises AnnotationError where there are no metadata, or they cannot be read.
    Source: Hugging Face datasets, ImageFolder and object detection.
    """
    images: dict[str, _Image] = {}
    for path in _metadata_files(source):
        for where, row in _rows(path):
            name = plain_text(row.get("file_name") or row.get("image")) if isinstance(row, dict) else None
            if name is None:
                reason, advice = _nameless(row)
                yield Reject(source.name, "image", where, reason, advice)
                continue
            image = images.setdefault(_below_images(path, name, source), _Image(_split_of(path, source)))
            for unit, problem in _add(row, where, image, source):
                yield Reject(source.name, unit, name, problem, "correct this row")
    for name, image in images.items():
        yield _record_of(name, image, source)


def _metadata_files(source: FormatInput[HfFolderOptions]) -> list[Path]:
    path = source.annotations
    if path.is_file():
        return [path]
    below = source.annotation_files.files if source.annotation_files else ()
    tables = [path / file for file in sorted(below) if file.rpartition("/")[2] in _NAMES]
    if not tables:
        raise AnnotationError(f"{path}: no {', '.join(_NAMES)} in this folder; {advice_for(path, 'hf_folder')}")
    return tables


def _rows(path: Path) -> Iterator[tuple[str, Any]]:
    if path.suffix == ".parquet":
        yield from _parquet_rows(path)
    elif path.suffix == ".csv":
        yield from _csv_rows(path)
    else:
        yield from json_entries(path)


def _parquet_rows(path: Path) -> Iterator[tuple[str, Any]]:
    number = 0
    try:
        with pq.ParquetFile(path) as table:
            for batch in table.iter_batches(_ROWS_A_BATCH):
                for row in batch.to_pylist():
                    yield f"{path.name}: row {number}", row
                    number += 1
    except (pa.ArrowException, OSError) as problem:
        raise AnnotationError(unreadable(path, problem, "check that the file is complete")) from problem


def _csv_rows(path: Path) -> Iterator[tuple[str, Any]]:
    try:
        if file_bytes(path) > MAX_METADATA_BYTES:
            raise AnnotationError(f"{path}: larger than {MAX_METADATA_BYTES} bytes; split it into several files")
        with path.open(encoding="utf-8-sig", newline="") as stream:
            table = csv.DictReader(stream, strict=True)
            for row in table:
                yield f"{path.name}: line {table.line_num}", {str(key): value for key, value in row.items()}
    except OSError as problem:
        raise AnnotationError(unreadable(path, problem)) from problem
    except (csv.Error, UnicodeDecodeError) as problem:
        raise AnnotationError(f"{path}: not a CSV in UTF-8 ({problem}); check that the file is complete") from problem


def _nameless(row: Any) -> tuple[str, str]:
    embedded = isinstance(row, dict) and isinstance(row.get("image"), dict)
    if embedded:
        return "its image is inside the table", "write the images to files, and their names under file_name"
    return "no file_name", "name the image under file_name"


def _below_images(path: Path, name: str, source: FormatInput[HfFolderOptions]) -> str:
    """Return a file name relative to the folder of the images, where the metadata lie below it."""
    try:
        folder = path.parent.relative_to(source.images).as_posix()
    except ValueError:
        return name
    return name if folder == "." else f"{folder}/{name}"


def _split_of(path: Path, source: FormatInput[HfFolderOptions]) -> str | None:
    """Return the name of the folder of the metadata, where that is one below the annotations or a known split."""
    folder = path.parent.name
    is_below = path not in {source.annotations, source.annotations / path.name}
    return folder if SPLIT_NAME.fullmatch(folder) and (is_below or folder in _SPLITS) else None


def _add(
    row: dict[str, Any], where: str, image: _Image, source: FormatInput[HfFolderOptions]
) -> Iterator[tuple[Literal["caption", "question"], str]]:
    """Add what a row says to its image; yield what is wrong with its captions and questions."""
    try:
        texts = [value for value in caption_values(row) if value is not None]
    except ValueError as problem:
        texts = []
        yield "caption", str(problem)
    captions = [text for text in map(plain_text, texts) if text]
    yield from [("caption", "caption is empty or not text")] * (len(texts) - len(captions))  # type: ignore[misc]
    image.captions += captions
    asked = [*(row.get("questions") or []), row] if isinstance(row.get("questions") or [], list) else [row]
    for item in asked:
        question, answer = (plain_text(item.get(key)) if isinstance(item, dict) else None for key in _TURNS)
        if question and answer:
            image.questions.append(QuestionAnswer(question, answer))
        elif item is not row or question:
            yield "question", "has no question, or no answer, in text"
    _add_label(row.get("label"), image, source)
    _add_objects(row.get("objects"), where, image, source)
    opened = row.get("open_classes")
    image.open_classes |= dict.fromkeys(name for name in opened if plain_text(name)) if isinstance(opened, list) else {}


def _add_label(value: Any, image: _Image, source: FormatInput[HfFolderOptions]) -> None:
    name = plain_text(value) or (str(value) if type(value) is int and str(value) in source.class_names else None)
    if name:
        image.labels[name] = None
    elif value not in (None, ""):
        image.notes[f"label {str(value)[:40]} left out: `class_names` does not name it"] = None


def _add_objects(objects: Any, where: str, image: _Image, source: FormatInput[HfFolderOptions]) -> None:
    if isinstance(objects, list) and objects and all(isinstance(item, dict) for item in objects):
        objects = {key: [item.get(key) for item in objects] for key in (*_BOX_KEYS, *_CLASS_KEYS) if key in objects[0]}
    if not isinstance(objects, dict):
        if objects:
            image.refused.append(RefusedObject(where, "objects are no table of boxes and categories", None))
        return
    boxes: list[Any] = next((objects[key] for key in _BOX_KEYS if isinstance(objects.get(key), list)), [])
    classes: list[Any] = next((objects[key] for key in _CLASS_KEYS if isinstance(objects.get(key), list)), [])
    for number in range(max(len(boxes), len(classes))):
        value = classes[number] if number < len(classes) else None
        name = plain_text(value) or (str(value) if type(value) is int and str(value) in source.class_names else None)
        place = f"{where}: object {number}"
        try:
            if name is None:
                raise ValueError(f"category {str(value)[:40]} has no name; name it in `class_names`")
            box = _box_of(boxes[number] if number < len(boxes) else None, source.options)
        except ValueError as problem:
            image.refused.append(RefusedObject(place, str(problem), name))
        else:
            image.objects.append(AnnotatedObject(name, box))


def _box_of(value: Any, options: HfFolderOptions) -> Box:
    is_box = isinstance(value, list) and len(value) == _EDGES
    if not is_box or not all(type(edge) in {int, float} and abs(edge) < MAX_COORDINATE for edge in value):
        raise ValueError(f"bbox {str(value)[:60]} is not four numbers")
    left, top, third, fourth = map(float, value)
    return Box(left, top, third, fourth) if options.boxes == "xyxy" else Box(left, top, left + third, top + fourth)


def _record_of(name: str, image: _Image, source: FormatInput[HfFolderOptions]) -> Record | Reject:
    if len(image.labels) > 1:
        reason = f"has more than one class: {' and '.join(image.labels)}"
        return Reject(source.name, "image", name, reason, "give it one class")
    captions, questions = tuple(dict.fromkeys(image.captions)), tuple(dict.fromkeys(image.questions))
    return Record(
        (name,),
        objects=tuple(image.objects),
        label=next(iter(image.labels), None),
        captions=captions,
        questions=questions,
        official_split=image.split,
        refused=tuple(image.refused),
        open_classes=tuple(image.open_classes),
        notes=tuple(image.notes),
    )


FORMAT = Format(
    read_hf_folder,
    HfFolderOptions,
    reads="Hugging Face folders with metadata, as `sarvl export --to hf-folder` writes them",
    annotations="the metadata file, or a folder of them",
    gives="captions, questions, boxes, class, split",
    lists_images=False,
)

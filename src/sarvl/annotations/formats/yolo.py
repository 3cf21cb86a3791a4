"""YOLO text: one file an image, one box a line, upright or oriented, in shares of the image's size."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from sarvl.annotations.annotated_image import AnnotatedObject, Box, Reject
from sarvl.annotations.folder_files import LEADS_OUT, advice_of_link
from sarvl.annotations.format import Format, FormatInput
from sarvl.annotations.parsing.corners import corners_of, hull_of, number_of
from sarvl.annotations.parsing.label_files import label_files, label_lines, label_text
from sarvl.annotations.parsing.listing import without_ending
from sarvl.annotations.parsing.plain_text import plain_text
from sarvl.annotations.record import Record, RefusedObject
from sarvl.errors import AnnotationError, ImageError
from sarvl.imagery import read_size
from sarvl.recipes import RecipeModel, RecipePath

ClassNames = tuple[str, ...] | dict[Annotated[int, Field(ge=0, lt=2**31)], str]
"""Names in the order of their numbers, or by number."""


class YoloOptions(RecipeModel):
    """The options of format ``yolo``."""

    classes: ClassNames | RecipePath = Field(examples=[["ship", "oil tank"]])
    """The class names in the order of their numbers, or number to name, or the path of a file that has them:
    ``classes.txt`` (one a line) or ``data.yaml`` (its ``names``)."""
    without_txt: Literal["refuse", "no_objects"] = "refuse"
    """An image that has no .txt file is refused; ``no_objects`` takes it as an image without objects, as YOLO trains on
    it."""


def read_yolo(source: FormatInput[YoloOptions]) -> Iterator[Record | Reject]:
    """Yield one Record an image below ``images`` whose .txt file has the same path below ``annotations``.

    A line is ``class cx cy w h``, or ``class x1 y1 x2 y2 x3 y3 x4 y4`` for an oriented box, in shares of the image's
    width and height as its header says them. An empty file is an image without objects. A .txt file without an image,
    or with several, is a Reject; classes.txt is no label file.
    Raises AnnotationError where there is no .txt file, or the class names cannot be read.
    Source: Ultralytics, detection and OBB dataset formats.
    """
    folder, options = source.annotations, source.options
    names = _class_names(options.classes)
    images: dict[str, list[str]] = defaultdict(list)
    for image in source.files.all():
        images[without_ending(image)].append(image)
    found = label_files(source.annotation_files, folder, ".txt", "yolo")
    files = [path for path in found if path.name != "classes.txt" and path != options.classes]
    labels = {without_ending(path.relative_to(folder).as_posix()): path for path in files}
    for stem in sorted(labels.keys() | images.keys()):
        behind = (
            None if stem in labels or not source.annotation_files else source.annotation_files.refusal_of(f"{stem}.txt")
        )
        refused = _refusal_of(stem, images.get(stem, []), stem in labels, options)
        if behind and images.get(stem):
            refused = images[stem][0], f"its label file {behind}", advice_of_link(LEADS_OUT)
        if refused:
            yield Reject(source.name, "image", *refused)
        else:
            yield from _read_image(images[stem][0], labels.get(stem), names, source)


def _class_names(classes: ClassNames | Path) -> dict[str, str]:
    """Return the class names by number; AnnotationError where their file has none."""
    if not isinstance(classes, Path):
        named = classes
    elif classes.suffix in {".yaml", ".yml"}:
        named = _names_in_yaml(classes)
    else:
        named = {number - 1: name for number, name in label_lines(classes)}
    numbered = named.items() if isinstance(named, dict) else enumerate(named)
    return {str(number): name for number, name in numbered if plain_text(name)}


class _NoAliases(yaml.SafeLoader):
    """Class names need no aliases, by which a few lines can stand for billions of values."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not read")
        return super().compose_node(parent, index)


def _names_in_yaml(path: Path) -> ClassNames:
    try:
        data = yaml.load(label_text(path), _NoAliases)  # noqa: S506 - a SafeLoader
        value = data.get("names") if isinstance(data, dict) else None
        names: ClassNames = TypeAdapter(ClassNames).validate_python(value)
    except ValidationError as problem:
        raise AnnotationError(f"{path}: `names` is not a list or mapping of class names; correct it") from problem
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        raise AnnotationError(f"{path}: not valid YAML ({' '.join(str(problem).split())}); correct it") from problem
    return names


def _refusal_of(stem: str, images: list[str], has_txt: bool, options: YoloOptions) -> tuple[str, str, str] | None:
    """Return the file, the reason and the advice where images and .txt files do not pair up."""
    if not images:
        return f"{stem}.txt", "image is missing", "put the image into the folder, or remove this file"
    if len(images) > 1:
        return images[0], f"{images[0]} and {images[1]} would share {stem}.txt", "keep one of these images"
    if not has_txt and options.without_txt == "refuse":
        advice = "add an empty one where nothing is in the image, or set without_txt: no_objects in the options"
        return images[0], f"no label file {stem}.txt", advice
    return None


def _read_image(
    image: str, label: Path | None, names: dict[str, str], source: FormatInput[YoloOptions]
) -> Iterator[Record | Reject]:
    try:
        width, height = read_size(source.images / image)
        lines = label_lines(label) if label else []
    except (ImageError, AnnotationError) as problem:
        reason = str(problem).replace(f"{source.annotations}/", "")
        yield Reject(source.name, "image", image, reason, "replace the file")
        return
    objects, refused = [], []
    for number, line in lines:
        try:
            objects.append(_object_of(line, names, width, height))
        except ValueError as problem:
            where = f"{without_ending(image)}.txt: line {number}"
            refused.append(RefusedObject(where, str(problem), names.get(line.split()[0]), "correct this line"))
    yield Record((image,), (width, height), tuple(objects), refused=tuple(refused))


def _object_of(line: str, names: dict[str, str], width: int, height: int) -> AnnotatedObject:
    """Return the object of a line; ValueError with the reason where it cannot be read."""
    number, *texts = line.split()
    if len(texts) in {5, 9}:
        raise ValueError(f"{1 + len(texts)} values: the last is the confidence of a prediction, which labels have not")
    if len(texts) not in {4, 8}:
        raise ValueError(f"{1 + len(texts)} values, not 5 (class cx cy w h) or 9 (class x1 y1 x2 y2 x3 y3 x4 y4)")
    if number not in names:
        raise ValueError(f"class {number[:40]!r} has no name in `classes`")
    shares = [number_of(text) for text in texts]
    if not all(-1 <= share <= 2 for share in shares):
        raise ValueError(f"{line[:60]!r} is not in shares of the image's width and height")
    values = [share * (height if number % 2 else width) for number, share in enumerate(shares)]
    if len(values) == 4:
        x, y, w, h = values
        return AnnotatedObject(names[number], Box(x - w / 2, y - h / 2, x + w / 2, y + h / 2))
    corners = corners_of(values)
    return AnnotatedObject(names[number], hull_of(corners), corners)


FORMAT = Format(
    read_yolo,
    YoloOptions,
    reads="YOLO text, boxes and OBB",
    annotations="folder of .txt files",
    gives="boxes, oriented boxes",
    lists_images=False,
)

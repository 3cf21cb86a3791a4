"""YOLO text: one file an image, one box a line, upright or oriented, in shares of the image's size."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from sarvl.annotations.annotated_image import AnnotatedObject, Box, Reject
from sarvl.annotations.folder_files import LEADS_OUT, FolderFiles, advice_of_link
from sarvl.annotations.format import Format, FormatInput
from sarvl.annotations.image_files import is_image_name
from sarvl.annotations.parsing.corners import corners_of, hull_of, number_of
from sarvl.annotations.parsing.label_files import first_lines, label_files, label_lines, readable_lines
from sarvl.annotations.parsing.listing import without_ending
from sarvl.annotations.parsing.other_forms import check_text_form
from sarvl.annotations.parsing.outlines import object_of_outlines
from sarvl.annotations.parsing.plain_text import plain_text
from sarvl.annotations.parsing.yolo_data import YAML_ENDINGS, ClassNames, names_in, read_data_yaml, splits_in
from sarvl.annotations.record import ListedClasses, Record, RefusedObject
from sarvl.errors import AnnotationError, ImageError
from sarvl.imagery import read_size
from sarvl.recipes import RecipeModel, RecipePath

_LISTS_NO_LABELS = ("classes.txt", "readme")
_UPRIGHT, _ORIENTED, _FEWEST_OF_OUTLINE = 4, 8, 6


class YoloOptions(RecipeModel):
    """The options of format ``yolo``."""

    classes: ClassNames | RecipePath | None = Field(default=None, examples=[["ship", "oil tank"]])
    """The class names in the order of their numbers, or number to name, or the path of a file that has them:
    ``classes.txt`` (one a line) or ``data.yaml`` (its ``names``). Not needed where ``annotations`` is a data.yaml."""
    shapes: Literal["boxes", "polygons"] = "boxes"
    """``boxes``: a line of nine values is an oriented box, and outlines are refused. ``polygons``: lines of three
    points or more are outlines, as of YOLO's segmentation sets; they give a box and its pixels."""
    without_txt: Literal["refuse", "no_objects"] = "refuse"
    """An image that has no .txt file is refused; ``no_objects`` takes it as an image without objects, as YOLO trains on
    it."""


_FILES_OF_NAMES = ("data.yaml", "dataset.yaml", "classes.txt", "obj.names")


def read_yolo(source: FormatInput[YoloOptions]) -> Iterator[Record | Reject | ListedClasses]:
    """Yield the classes, and one Record an image below ``images`` that has a .txt file.

    The .txt file has the path of its image below ``annotations``, with ``labels`` in place of ``images`` where that is
    one of its folders. Where ``annotations`` is a data.yaml, the .txt files lie below ``images`` too. The splits of a
    data.yaml are the official ones.
    A line is ``class cx cy w h``, or ``class x1 y1 x2 y2 x3 y3 x4 y4`` for an oriented box, in shares of the image's
    width and height as its header says them. An empty file is an image without objects. A .txt file without an image,
    or with several, is a Reject; classes.txt, README files and lists of images are no label files.
    Raises AnnotationError where there is no .txt file, or the class names cannot be read.
    Source: Ultralytics, detection, segmentation and OBB dataset formats.
    """
    options = source.options
    data_yaml = next((path for path in (options.classes, source.annotations) if _is_yaml(path)), None)
    data = read_data_yaml(data_yaml) if isinstance(data_yaml, Path) else {}
    names = _class_names(options.classes or data_yaml, data, source)
    yield ListedClasses(tuple(names.values()))
    images: dict[str, list[str]] = defaultdict(list)
    for image in source.files.all():
        images[without_ending(image)].append(image)
    below = source.files.below if _is_yaml(source.annotations) else source.annotation_files
    labels = _labels_by_image(below, images, source)
    split_of: dict[str, str] = {}
    for split, listed, named in splits_in(data, data_yaml, source.files) if isinstance(data_yaml, Path) else ():
        if listed is None:
            yield Reject(source.name, "image", named, f"stands in the list of {split}, and is missing", "add the image")
        elif split_of.setdefault(listed, split) != split:
            raise AnnotationError(f"{data_yaml}: {listed} is in {split_of[listed]} and in {split}; keep it in one")
    for stem in sorted(labels.keys() | images.keys()):
        refused = _refusal_of(stem, images.get(stem, []), labels.get(stem, []), below, options)
        if refused:
            yield Reject(source.name, "image", *refused)
            continue
        image, label = images[stem][0], next(iter(labels.get(stem, [])), None)
        for item in _read_image(image, label, names, source):
            yield item if isinstance(item, Reject) else item._replace(official_split=split_of.get(image))


def _is_yaml(path: object) -> bool:
    return isinstance(path, Path) and path.suffix.lower() in YAML_ENDINGS


def _labels_by_image(
    below: FolderFiles | None, images: Mapping[str, list[str]], source: FormatInput[YoloOptions]
) -> dict[str, list[Path]]:
    """Return the .txt files by the path, without its ending, of the image that each belongs to."""
    root = below.folder if below else source.annotations
    own_files = label_files(below, root, ".txt", "yolo")
    labels: dict[str, list[Path]] = defaultdict(list)
    for path in own_files:
        stem = without_ending(path.relative_to(root).as_posix())
        is_other = path.name.lower().startswith(_LISTS_NO_LABELS) or path == source.options.classes
        key = next((key for key in (_beside_labels(stem), stem) if key in images), _beside_labels(stem))
        if not is_other and (key in images or not _is_list_of_images(path)):
            labels[key].append(path)
    check_text_form(first_lines(own_files), "yolo", source.annotations)
    return labels


def _beside_labels(stem: str) -> str:
    """Return the path of the image of a label file: with ``images`` for the last folder ``labels``."""
    return _in_folder(stem, "labels", "images")


def _in_labels(stem: str) -> str:
    """Return the path of the label file of an image: with ``labels`` for the last folder ``images``."""
    return _in_folder(stem, "images", "labels")


def _in_folder(stem: str, old: str, new: str) -> str:
    """Return a path with ``new`` for the last of its folders that is called ``old``."""
    folders = stem.split("/")
    indices = [index for index, folder in enumerate(folders[:-1]) if folder == old]
    return "/".join([*folders[: indices[-1]], new, *folders[indices[-1] + 1 :]]) if indices else stem


def _is_list_of_images(path: Path) -> bool:
    lines = readable_lines(path)
    return bool(lines) and is_image_name(lines[0][1])


def _advice_on_names(folder: Path) -> str:
    """Return what to set, by the files that stand in the folder or beside it and may name the classes."""
    for file in (place / name for place in (folder, folder.parent) for name in _FILES_OF_NAMES):
        if file.is_file():
            return f"set {'`annotations`' if _is_yaml(file) else 'option classes'} to {file}"
    return "set option classes, or give a data.yaml"


def _class_names(
    classes: ClassNames | Path | None, data: Mapping[str, Any], source: FormatInput[YoloOptions]
) -> dict[int, str]:
    """Return the class names by number; AnnotationError where their file has none."""
    if classes is None:
        raise AnnotationError(f"{source.annotations}: nobody names the classes; {_advice_on_names(source.annotations)}")
    if not isinstance(classes, Path):
        named = classes
    elif _is_yaml(classes):
        named = names_in(data, classes)
    else:
        named = {number - 1: name for number, name in label_lines(classes)}
    numbered = named.items() if isinstance(named, dict) else enumerate(named)
    return {number: name for number, name in numbered if plain_text(name)}


def _refusal_of(
    stem: str, images: list[str], labels: list[Path], below: FolderFiles | None, options: YoloOptions
) -> tuple[str, str, str] | None:
    """Return the file, the reason and the advice where images and .txt files do not pair up."""
    if not images:
        return f"{stem}.txt", "image is missing", "put the image into the folder, or remove this file"
    if len(images) > 1:
        return images[0], f"{images[0]} and {images[1]} would share {stem}.txt", "keep one of these images"
    if below and len(labels) > 1:
        both = " and ".join(path.relative_to(below.folder).as_posix() for path in labels[:2])
        return images[0], f"has the label files {both}", "keep one of them"
    refused = [below.refusal_of(f"{name}.txt") for name in (stem, _in_labels(stem))] if below else []
    behind = next(filter(None, refused), None)
    if behind and not labels:
        return images[0], f"its label file {behind}", advice_of_link(LEADS_OUT)
    if not labels and options.without_txt == "refuse":
        advice = "add an empty one where nothing is in the image, or set without_txt: no_objects in the options"
        return images[0], f"no label file {stem}.txt", advice
    return None


def _read_image(
    image: str, label: Path | None, names: dict[int, str], source: FormatInput[YoloOptions]
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
            objects.append(_object_of(line, names, (width, height), source.options.shapes))
        except ValueError as problem:
            where = f"{without_ending(image)}.txt: line {number}"
            name = names.get(_class_number(line.split()[0]))
            refused.append(RefusedObject(where, str(problem), name, "correct this line"))
    yield Record((image,), (width, height), tuple(objects), refused=tuple(refused))


def _class_number(text: str) -> int:
    """Return the number of a class, which NumPy writes as ``1.0e+00``; -1 where it is no whole number."""
    try:
        value = number_of(text)
    except ValueError:
        return -1
    return int(value) if value.is_integer() else -1


def _object_of(line: str, names: Mapping[int, str], size: tuple[int, int], shapes: str) -> AnnotatedObject:
    """Return the object of a line; ValueError with the reason where it cannot be read."""
    number, *texts = line.split()
    _check_count(len(texts), shapes)
    name = names.get(_class_number(number))
    if name is None:
        raise ValueError(f"class {number[:40]!r} has no name in `classes`")
    shares = [number_of(text) for text in texts]
    if not all(-1 <= share <= 2 for share in shares):
        raise ValueError(f"{line[:60]!r} is not in shares of the image's width and height")
    values = [share * size[place % 2] for place, share in enumerate(shares)]
    if len(values) == _UPRIGHT:
        x, y, w, h = values
        return AnnotatedObject(name, Box(x - w / 2, y - h / 2, x + w / 2, y + h / 2))
    if shapes == "polygons":
        return object_of_outlines(name, [list(zip(values[::2], values[1::2], strict=True))], size, "none")
    corners = corners_of(values)
    return AnnotatedObject(name, hull_of(corners), corners)


def _check_count(count: int, shapes: str) -> None:
    """Raise ValueError where so many values after the class are no shape."""
    is_outline = count >= _FEWEST_OF_OUTLINE and count % 2 == 0
    if count in {_UPRIGHT, _ORIENTED} or (is_outline and shapes == "polygons"):
        return
    if is_outline:
        raise ValueError(f"{1 + count} values: an outline of {count // 2} points; set option shapes: polygons")
    if count in {_UPRIGHT + 1, _ORIENTED + 1}:
        raise ValueError(f"{1 + count} values: the last is the confidence of a prediction, which labels have not")
    raise ValueError(f"{1 + count} values, not 5 (class cx cy w h) or 9 (class x1 y1 x2 y2 x3 y3 x4 y4)")


FORMAT = Format(
    read_yolo,
    YoloOptions,
    reads="YOLO text, boxes, OBB and segments; Ultralytics and Roboflow trees",
    annotations="folder of .txt files, or the data.yaml",
    gives="boxes, oriented boxes, mask areas, split",
    lists_images=False,
)

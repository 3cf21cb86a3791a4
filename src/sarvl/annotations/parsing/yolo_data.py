"""YOLO's data.yaml: class names, and the splits that it gives as folders or as lists of images."""

from collections.abc import Iterator, Mapping
from os.path import isdir, isfile, realpath
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from sarvl.annotations.image_files import ImageFiles
from sarvl.annotations.parsing.label_files import label_lines, label_text
from sarvl.errors import AnnotationError
from sarvl.files import real_path

ClassNames = tuple[str, ...] | dict[Annotated[int, Field(ge=0, lt=2**31)], str]
"""Names in the order of their numbers, or by number."""
YAML_ENDINGS = frozenset({".yaml", ".yml"})
_SPLITS = ("train", "val", "valid", "test")


class _NoAliases(yaml.SafeLoader):
    """Class names need no aliases, by which a few lines can stand for billions of values."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not read")
        return super().compose_node(parent, index)


def read_data_yaml(path: Path) -> dict[str, Any]:
    """Return what a data.yaml says; AnnotationError where it is no mapping or cannot be read."""
    try:
        data = yaml.load(label_text(path), _NoAliases)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        raise AnnotationError(f"{path}: not valid YAML ({' '.join(str(problem).split())}); correct it") from problem
    return data if isinstance(data, dict) else {}


def names_in(data: Mapping[str, Any], path: Path) -> ClassNames:
    """Return the class names of a data.yaml; AnnotationError where it has none, or another number than its ``nc``."""
    try:
        names: ClassNames = TypeAdapter(ClassNames).validate_python(data.get("names"))
    except ValidationError as problem:
        raise AnnotationError(f"{path}: `names` is not a list or mapping of class names; correct it") from problem
    count = data.get("nc")
    if isinstance(count, int) and count != len(names):
        raise AnnotationError(f"{path}: `nc` is {count}, but `names` has {len(names)}; correct one of them")
    return names


def splits_in(data: Mapping[str, Any], path: Path, files: ImageFiles) -> Iterator[tuple[str, str | None, str]]:
    """Yield the split, the image and how it is named, of each image that a data.yaml puts into a split.

    The image is None where a list names one that is not there. Folders and lists are looked for below ``path`` of the
    data.yaml and below its own folder, without the ``../`` that Roboflow writes before them too.
    """
    for split in _SPLITS:
        value = data.get(split)
        for entry in value if isinstance(value, list) else [value]:
            place = _place_of(entry, data, path, files) if isinstance(entry, str) else None
            if place is not None and _is_folder(place):
                for image in _images_below(place, files):
                    yield split, image, image
            elif place is not None:
                for name in _names_in_list(place):
                    yield split, _file_named(name, place, files), name


def _place_of(entry: str, data: Mapping[str, Any], path: Path, files: ImageFiles) -> Path | None:
    """Return the folder or the list that an entry means, within the folder of the images or of the data.yaml."""
    plain = entry.replace("\\", "/")
    below = [part for part in PurePosixPath(plain).parts if part not in {"..", "."}]
    roots = [path.parent / str(data["path"])] if data.get("path") else []
    candidates = [*(root / plain for root in (*roots, path.parent)), path.parent.joinpath(*below)]
    inside = [each for each in candidates if _lies_in(each, path.parent) or _lies_in(each, files.folder)]
    return next((each for each in inside if _is_folder(each) or _is_list(each)), None)


def _lies_in(path: Path, folder: Path) -> bool:
    """Tell whether a path lies in a folder; links that lead out of it do not."""
    try:
        return Path(realpath(path)).is_relative_to(realpath(folder))
    except ValueError:  # a NUL
        return False


# Path's own methods raise where a name is too long.
def _is_folder(path: Path) -> bool:
    return isdir(path)  # noqa: PTH112


def _is_list(path: Path) -> bool:
    return path.suffix == ".txt" and isfile(path)  # noqa: PTH113


def _images_below(folder: Path, files: ImageFiles) -> list[str]:
    try:
        relative = real_path(folder).relative_to(real_path(files.folder)).as_posix()
    except ValueError:
        return []  # a folder beside that of the images
    return [image for image in files.all() if relative == "." or image.startswith(f"{relative}/")]


def _names_in_list(path: Path) -> list[str]:
    return [line for _, line in label_lines(path)]


def _file_named(name: str, listed_in: Path, files: ImageFiles) -> str | None:
    """Return the image that a line of a list means: relative to the list, to the images, or by the end of its path."""
    parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in {"..", ".", "/"}]
    try:
        beside = real_path(listed_in.parent / name).relative_to(real_path(files.folder)).as_posix()
    except ValueError:
        beside = name
    ends = ["/".join(parts[start:]) for start in range(len(parts))]
    for candidate in (beside, *ends):
        if candidate in files:
            return candidate
    try:
        return files.find((parts[-1],)) if parts else None
    except LookupError:
        return None

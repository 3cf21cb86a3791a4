"""Listing the images of a set that has no annotation file of its own, and the class that a path names."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from sarvl.annotations.annotated_image import Reject
from sarvl.annotations.image_files import IMAGE_ENDINGS, is_image_name
from sarvl.annotations.parsing.plain_text import escaped, plain_text
from sarvl.annotations.source import Source
from sarvl.errors import AnnotationError
from sarvl.files import path_inside


def listed_images(source: Source) -> Iterator[str | Reject]:
    """Yield each image file below ``images`` that matches ``include``, as a relative path with ``/``, sorted.

    A file that matches but is no image, or lies outside the folder, is a Reject.
    Raises AnnotationError where the folder is missing or no image is found.
    """
    files = matching_files(source)
    if not any(is_image_name(file) for file in files):
        raise AnnotationError(f"{source.images}: no image matches `include: {source.include}` of source {source.name}")
    for file in files:
        if plain_text(file) is None:
            yield Reject(source.name, "image", escaped(file), "its name is not UTF-8", "rename it")
        elif path_inside(source.images, file) is None:
            yield Reject(source.name, "image", file, "lies outside the image folder", "correct `include`")
        elif not is_image_name(file):
            advice = f"remove it, or rename it to one of {' '.join(sorted(IMAGE_ENDINGS))}"
            yield Reject(source.name, "image", file, "not a known image ending", advice)
        else:
            yield file


def matching_files(source: Source) -> list[str]:
    """Return the relative paths of all files below ``images`` that match ``include``, sorted.

    Raises AnnotationError where the folder is missing, or ``include`` is no glob.
    """
    if not source.images.is_dir():
        raise AnnotationError(f"{source.images}: no such folder; correct `images` of source {source.name}")
    try:
        found = list(source.images.glob(source.include))
    except (ValueError, NotImplementedError) as problem:
        raise AnnotationError(f"source {source.name}: include {source.include!r} is no relative glob") from problem
    return sorted(path.relative_to(source.images).as_posix() for path in found if not path.is_dir())


def label_in_path(file: str, source: Source) -> str | Reject:
    """Return the class that ``label_pattern`` finds in a relative path, or the name of the file's folder."""
    if source.label_pattern is None:
        label = PurePosixPath(file).parent.name
    else:
        found = re.search(source.label_pattern, file)
        label = (found["label"] or "") if found else ""
    if label:
        return label
    where = "label_pattern" if source.label_pattern else "a class folder"
    return Reject(source.name, "image", file, f"no class: {where} does not give one", "move it, or correct the pattern")


def without_ending(file: str) -> str:
    """Return a relative path without the ending of its name: ``2S1/HB19377.000.jpeg`` is ``2S1/HB19377.000``."""
    return file.removesuffix(PurePosixPath(file).suffix)

"""Class folders: each image's class is the name of its folder, or what ``label_pattern`` finds in its path."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from sarvl.annotations.annotated_image import Reject
from sarvl.annotations.format import Format
from sarvl.annotations.image_files import IMAGE_ENDINGS, is_image_name
from sarvl.annotations.record import Record
from sarvl.annotations.source import Source
from sarvl.errors import AnnotationError
from sarvl.files import path_inside


def read_folders(source: Source) -> Iterator[Record | Reject]:
    """Yield one Record an image file below ``images`` that matches ``include``, in the order of the paths.

    Raises AnnotationError where no image is found.
    """
    if not source.images.is_dir():
        raise AnnotationError(f"{source.images}: no such folder; correct `images` of source {source.name}")
    files = sorted(p.relative_to(source.images).as_posix() for p in source.images.glob(source.include) if p.is_file())
    if not any(is_image_name(file) for file in files):
        raise AnnotationError(f"{source.images}: no image matches `include: {source.include}` of source {source.name}")
    for file in files:
        if path_inside(source.images, file) is None:
            yield Reject(source.name, "image", file, "lies outside the image folder", "correct `include`")
        elif not is_image_name(file):
            advice = f"remove it, or rename it to one of {' '.join(sorted(IMAGE_ENDINGS))}"
            yield Reject(source.name, "image", file, "not a known image ending", advice)
        else:
            yield _record_of(file, source)


def _record_of(file: str, source: Source) -> Record | Reject:
    if source.label_pattern is None:
        label = PurePosixPath(file).parent.name
    else:
        found = re.search(source.label_pattern, file)
        label = (found["label"] or "") if found else ""
    if not label:
        where = "label_pattern" if source.label_pattern else "a class folder"
        return Reject(
            source.name, "image", file, f"no class: {where} does not give one", "move it, or correct the pattern"
        )
    return Record((file,), label=label)


FORMAT = Format(read_folders, needs_annotations=False)

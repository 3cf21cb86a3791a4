"""Class folders: each image's class is the name of its folder, or what ``label_pattern`` finds in its path."""

from collections.abc import Iterator

from sarvl.annotations.annotated_image import Reject
from sarvl.annotations.format import Format
from sarvl.annotations.parsing.listing import label_in_path, listed_images
from sarvl.annotations.record import Record
from sarvl.annotations.source import Source


def read_folders(source: Source) -> Iterator[Record | Reject]:
    """Yield one Record an image file below ``images`` that matches ``include``, in the order of the paths.

    Raises AnnotationError where no image is found.
    """
    for file in listed_images(source):
        yield file if isinstance(file, Reject) else _record_of(file, source)


def _record_of(file: str, source: Source) -> Record | Reject:
    label = label_in_path(file, source)
    return label if isinstance(label, Reject) else Record((file,), label=label)


FORMAT = Format(read_folders, needs_annotations=False)

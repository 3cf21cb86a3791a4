"""Class folders: each image's class is the name of its folder, or what ``label_pattern`` finds in its path."""

from collections.abc import Iterator

from sarvl.annotations.annotated_image import Reject
from sarvl.annotations.format import Format, FormatInput
from sarvl.annotations.record import Record
from sarvl.recipes import NoOptions


def read_folders(source: FormatInput[NoOptions]) -> Iterator[Record | Reject]:
    """Yield one Record an image file below ``images`` that matches ``include``, in the order of the paths.

    Raises AnnotationError where no image is found.
    """
    for file in source.listing.images():
        yield file if isinstance(file, Reject) else _record_of(file, source)


def _record_of(file: str, source: FormatInput[NoOptions]) -> Record | Reject:
    label = source.listing.label_of(file)
    return label if isinstance(label, Reject) else Record((file,), label=label)


FORMAT = Format(
    read_folders,
    NoOptions,
    reads="a folder a class: MSTAR, SAMPLE, ATRNet",
    annotations=None,
    gives="the class of the image",
)

"""Format: one way of writing annotations, found by its name among our own and those that other packages register."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from sarvl.annotations.annotated_image import Reject
from sarvl.annotations.folder_files import FolderFiles, FollowLinks
from sarvl.annotations.image_files import ImageFiles
from sarvl.annotations.parsing.listing import ImageListing
from sarvl.annotations.record import ListedClasses, Record
from sarvl.errors import AnnotationError
from sarvl.recipes import RecipeModel
from sarvl.registry import Registry

OptionsT = TypeVar("OptionsT", bound=RecipeModel)
OtherT = TypeVar("OtherT", bound=RecipeModel)


@dataclass(frozen=True)
class FormatInput(Generic[OptionsT]):
    """What a format's reader is given of a source.

    name: of the source, for its rejects. images: folder of the images. annotations: file or folder; the folder of the
    images for formats that take none. options: checked by the format's model.
    files: the image files below ``images``, to find one by the name that an annotation gives.
    listing: for formats that list the images themselves: those that the source includes, and the class in a path.
    annotation_files: what lies below ``annotations``; None where that is no folder. follow_links: where links may lead.
    class_names: the source's class, or category id, to its names in texts.
    """

    name: str
    images: Path
    annotations: Path
    options: OptionsT
    files: ImageFiles
    listing: ImageListing
    class_names: Mapping[str, tuple[str, ...]]
    annotation_files: FolderFiles | None = None
    follow_links: FollowLinks = "inside"

    def with_options(self, options: OtherT) -> "FormatInput[OtherT]":
        """Return the same input with the options of another format, whose reader then reads it."""
        return FormatInput(**{**vars(self), "options": options})


@dataclass(frozen=True)
class Format(Generic[OptionsT]):
    """A reader of one format.

    read: yields a Record an image, a Reject for each entry that cannot be read, and ListedClasses where the
        annotations list their classes; raises AnnotationError where they cannot be read as a whole.
    options: model of ``Source.options``.
    reads: what its files are, and sets that come so. annotations: what the ``annotations`` of a source is, which must
        be given; None where a source cannot give any. gives: what it says of an image.
    lists_images: False where the annotations name the images, so that a source cannot have ``include``.
    has_objects: False where no record holds an object, so that a source cannot have ``labelled_classes``.
    """

    read: Callable[[FormatInput[OptionsT]], Iterator[Record | Reject | ListedClasses]]
    options: type[OptionsT]
    reads: str
    annotations: str | None
    gives: str
    lists_images: bool = True
    has_objects: bool = True


FORMATS: Registry[Format[Any]] = Registry(
    "format", "sarvl.annotations.formats", "FORMAT", "sarvl.formats", Format, AnnotationError
)
"""The formats of annotations: one module each in ``annotations/formats``, and entry points ``sarvl.formats``."""

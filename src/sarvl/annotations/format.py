"""Format: one way of writing annotations, found by its name among our own and those that other packages register."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from sarvl.errors import AnnotationError
from sarvl.registry import Registry

if TYPE_CHECKING:
    from sarvl.annotations.annotated_image import Reject
    from sarvl.annotations.record import Record
    from sarvl.annotations.source import Source


class NoOptions(BaseModel):
    """The options of a format that has none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Format:
    """A reader of one format.

    read: yields a Record an image and a Reject for each entry that cannot be read; raises AnnotationError where the
        annotations as a whole cannot be read. options: model of ``Source.options``.
    needs_annotations: whether a source must give ``annotations``, may not (False), or may (None).
    lists_images: False where the annotations name the images, so that a source cannot have ``include``.
    has_objects: False where no record holds an object, so that a source cannot have ``labelled_classes``.
    """

    read: "Callable[[Source], Iterator[Record | Reject]]"
    options: type[BaseModel] = NoOptions
    needs_annotations: bool | None = True
    lists_images: bool = True
    has_objects: bool = True


FORMATS: Registry[Format] = Registry(
    "format", "sarvl.annotations.formats", "FORMAT", "sarvl.formats", Format, AnnotationError
)

"""Format: one way of writing annotations, found by its name among our own and those that other packages register."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from sarvl.errors import AnnotationError

if TYPE_CHECKING:
    from sarvl.annotations.annotated_image import Reject
    from sarvl.annotations.record import Record
    from sarvl.annotations.source import Source

ENTRY_POINTS = "sarvl.formats"
OWN_FORMATS = (
    *("captions", "coco", "conversations", "csv_captions", "dota", "fair", "folders", "footprints"),
    *("masks", "opensarship", "pairs", "phoenix", "voc", "yolo"),
)


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


def find_format(name: str) -> Format:
    """Return the format of a name: a module of ``annotations.formats``, or an entry point of ``sarvl.formats``.

    Raises AnnotationError where there is none, naming those that there are, or where an entry point gives no Format.
    """
    if name in OWN_FORMATS:
        found = import_module(f"sarvl.annotations.formats.{name}").FORMAT
    else:
        plugins = _plugins()
        if name not in plugins:
            raise AnnotationError(f"no format {name!r}; there are {', '.join(sorted({*OWN_FORMATS, *plugins}))}")
        try:
            found = plugins[name].load()
        except (ImportError, AttributeError) as problem:
            raise AnnotationError(f"entry point {name!r} of {ENTRY_POINTS} cannot be loaded ({problem})") from problem
    if not isinstance(found, Format):
        raise AnnotationError(f"entry point {name!r} of {ENTRY_POINTS} is no sarvl.annotations.Format; correct it")
    return found


def _plugins() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=ENTRY_POINTS)}

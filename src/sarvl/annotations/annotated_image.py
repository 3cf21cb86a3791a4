"""AnnotatedImage: what a source says is in one image, and the records of what was refused."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple


class Box(NamedTuple):
    """An axis-aligned box in pixel coordinates, origin at the upper left corner of the image."""

    xmin: float
    ymin: float
    xmax: float
    ymax: float


class AnnotatedObject(NamedTuple):
    """One object: its class name as the source spells it (lower case where the recipe maps it), and its box."""

    class_name: str
    box: Box


@dataclass(frozen=True, slots=True)
class AnnotatedImage:
    """One image and all that its source says of it.

    file: path relative to the source's image folder, with ``/``; path: the same on this machine.
    width, height: pixels, as the annotation declares them or as the file's header says.
    objects: sorted by class, then box in whole pixels; an object's id is its index here.
    label: the class of the whole image (chips), or None.
    label_names: names that mean the label, the first of them canonical.
    captions: sentences that people wrote for this image.
    labelled_classes: the classes that this source would have labelled, so that absence can be said.
    group: the scene that the image was cut from; images of a group never part in a split.
    notes: what was mended, such as a clipped box or a repeated caption.
    """

    file: str
    path: Path
    width: int
    height: int
    objects: tuple[AnnotatedObject, ...] = ()
    label: str | None = None
    label_names: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    labelled_classes: tuple[str, ...] = ()
    group: str | None = None
    notes: tuple[str, ...] = ()


class Reject(NamedTuple):
    """An input that was refused: where it stands, what it was, why, and what to do."""

    source: str
    unit: Literal["image", "box", "caption"]
    file: str
    reason: str
    advice: str

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


Corners = tuple[float, float, float, float, float, float, float, float]
"""An oriented box: x1, y1, ..., x4, y4 in pixels, the corners in order around it, as DOTA writes them."""


class AnnotatedObject(NamedTuple):
    """One object: its class name as the source spells it (lower case where the recipe maps it), and where it lies.

    box: the axis-aligned box (of the corners or of the mask, where the source has those). corners: the oriented box.
    area_px: pixels of its mask.
    """

    class_name: str
    box: Box
    corners: Corners | None = None
    area_px: float | None = None


EVERY_CLASS = "*"
"""Among ``AnnotatedImage.open_classes``: an object was refused whose class is not known, so that it may be of any."""


class LandCoverShare(NamedTuple):
    """The share (0 to 1) of an image's valid pixels that a class covers."""

    class_name: str
    share: float


class QuestionAnswer(NamedTuple):
    """A question about an image and its answer, as a source has them."""

    question: str
    answer: str


class ModelCaption(NamedTuple):
    """A caption that a model wrote; producer: ``model:<id>``."""

    text: str
    producer: str


class IsA(NamedTuple):
    """What a source says of a name: all objects of class ``name`` are of the kind ``wider``, a C919 an aircraft."""

    name: str
    wider: str


Wording = Literal["plain", "published"]
"""By which rules texts are written and read: our own, or those of the published systems, to the letter."""


@dataclass(frozen=True, slots=True)
class AnnotatedImage:
    """One image and all that its source says of it.

    file: path relative to the source's image folder, with ``/``; path: the same on this machine.
    width, height: pixels, as the annotation declares them or as the file's header says.
    objects: sorted by class, then box in whole pixels; an object's id is its index here.
    label: the class of the whole image (chips), or None.
    label_names: names that mean the label, the first of them canonical.
    captions: sentences that people wrote for this image.
    model_captions: sentences that models wrote for it.
    twin_captions: sentences that people, or models, wrote for an optical image of the same ground.
    questions: questions with answers that the source has for this image.
    land_cover: the shares that a semantic mask gives each class, the largest first.
    labelled_classes: the classes that this source would have labelled, so that absence can be said.
    open_classes: the classes of which the image shows, or may show, objects that could not be kept: boxes that were
        refused, crowds. Of these, and of those whose name could mean one of them, nothing is counted or denied.
    is_a: which of the class names are kinds of others, beyond what is known of names (``language/words/is_a.txt``).
    wording: by which rules the image's texts are written and read.
    group: the scene that the image was cut from; images of a group never part in a split.
    official_split: the split that the source itself puts the image into.
    spacing_m: pixel spacing on the ground (row, column) in metres.
    looks: number of looks of the image, as the source declares it.
    target_size_m: (length, width) of the labelled target in metres, as AIS or a data sheet says.
    position: (longitude, latitude) of the image's centre in degrees, WGS 84.
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
    model_captions: tuple[ModelCaption, ...] = ()
    twin_captions: tuple[str, ...] = ()
    questions: tuple[QuestionAnswer, ...] = ()
    land_cover: tuple[LandCoverShare, ...] = ()
    labelled_classes: tuple[str, ...] = ()
    open_classes: tuple[str, ...] = ()
    is_a: tuple[IsA, ...] = ()
    wording: Wording = "plain"
    group: str | None = None
    official_split: str | None = None
    spacing_m: tuple[float, float] | None = None
    looks: float | None = None
    target_size_m: tuple[float, float] | None = None
    position: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()


class Reject(NamedTuple):
    """An input that was refused: where it stands, what it was, why, and what to do."""

    source: str
    unit: Literal["image", "box", "caption", "question"]
    file: str
    reason: str
    advice: str

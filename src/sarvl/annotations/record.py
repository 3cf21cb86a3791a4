"""Record: what one format reader says of one image, before the file is looked for and the boxes are checked."""

from typing import NamedTuple

from sarvl.annotations.annotated_image import AnnotatedObject, LandCoverShare, ModelCaption, QuestionAnswer


class RefusedObject(NamedTuple):
    """An object of an image that cannot be kept: where it stands, why, what to do, and its class.

    class_name: as the source spells it; None where it cannot be told, so that the object may be of any class.
    """

    where: str
    reason: str
    class_name: str | None
    advice: str = "correct this entry"


class ListedClasses(NamedTuple):
    """All classes that the annotations of a source list, as they spell them, whether there are objects of them or not.

    A reader yields it, at any place among its records, where it has such a list: names in a recipe are held against it.
    """

    names: tuple[str, ...]


class Record(NamedTuple):
    """One image as an annotation file names it; classes are as the source spells them, boxes are unchecked.

    names: file names to look for, best first. size: (width, height) as declared, or None.
    refused: the objects that the reader could not keep, each of which becomes a Reject; nothing will be counted or
    denied of their classes. open_classes: more such classes, whose objects are refused elsewhere; ``EVERY_CLASS`` for
    one that is not known. notes: what the reader mended. The other fields are those of AnnotatedImage.
    """

    names: tuple[str, ...]
    size: tuple[int, int] | None = None
    objects: tuple[AnnotatedObject, ...] = ()
    label: str | None = None
    captions: tuple[str, ...] = ()
    model_captions: tuple[ModelCaption, ...] = ()
    twin_captions: tuple[str, ...] = ()
    questions: tuple[QuestionAnswer, ...] = ()
    land_cover: tuple[LandCoverShare, ...] = ()
    official_split: str | None = None
    spacing_m: tuple[float, float] | None = None
    looks: float | None = None
    target_size_m: tuple[float, float] | None = None
    position: tuple[float, float] | None = None
    refused: tuple[RefusedObject, ...] = ()
    open_classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

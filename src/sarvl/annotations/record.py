"""Record: what one format reader says of one image, before the file is looked for and the boxes are checked."""

from typing import NamedTuple

from sarvl.annotations.annotated_image import AnnotatedObject, LandCoverShare, QuestionAnswer


class Record(NamedTuple):
    """One image as an annotation file names it; classes are as the source spells them, boxes are unchecked.

    names: file names to look for, best first. size: (width, height) as declared, or None.
    uncounted_classes: those of which the image shows objects that ``objects`` leaves out, such as a crowd; nothing will
    be said of them. notes: what the reader mended. The other fields are those of AnnotatedImage.
    """

    names: tuple[str, ...]
    size: tuple[int, int] | None = None
    objects: tuple[AnnotatedObject, ...] = ()
    label: str | None = None
    captions: tuple[str, ...] = ()
    twin_captions: tuple[str, ...] = ()
    questions: tuple[QuestionAnswer, ...] = ()
    land_cover: tuple[LandCoverShare, ...] = ()
    official_split: str | None = None
    spacing_m: tuple[float, float] | None = None
    looks: float | None = None
    target_size_m: tuple[float, float] | None = None
    position: tuple[float, float] | None = None
    uncounted_classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

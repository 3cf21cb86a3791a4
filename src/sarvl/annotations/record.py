"""Record: what one format reader says of one image, before the file is looked for and the boxes are checked."""

from typing import NamedTuple

from sarvl.annotations.annotated_image import AnnotatedObject


class Record(NamedTuple):
    """One image as an annotation file names it.

    names: file names to look for, best first. size: (width, height) as declared, or None.
    objects: class as the source spells it, and box, unchecked. label: class of the whole image as the source spells it.
    notes: what the reader mended.
    """

    names: tuple[str, ...]
    size: tuple[int, int] | None = None
    objects: tuple[AnnotatedObject, ...] = ()
    label: str | None = None
    captions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

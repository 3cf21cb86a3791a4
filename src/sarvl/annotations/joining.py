"""Two entries of one image file: joined where they agree; else one is refused, and its classes are left open."""

from dataclasses import fields, replace
from pathlib import PurePosixPath

from sarvl.annotations.annotated_image import AnnotatedImage
from sarvl.annotations.parsing.box_checks import in_order
from sarvl.annotations.parsing.kept_objects import without_repeats
from sarvl.annotations.parsing.listing import without_ending
from sarvl.annotations.source import Source

_LISTS = ("captions", "model_captions", "twin_captions", "questions", "open_classes", "notes")
_JOINED_NOTE = "several entries of this file are joined"


def name_one_image(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """Tell whether two entries call their image alike: by the same names, but for the endings."""
    return _stems(first) == _stems(second)


def joined(first: AnnotatedImage, second: AnnotatedImage, source: Source) -> AnnotatedImage | str:
    """Return one image with all that two entries say of it, or in which field they contradict each other."""
    merged: dict[str, object] = {}
    for field in fields(AnnotatedImage):
        values = getattr(first, field.name), getattr(second, field.name)
        if field.name in _LISTS:
            merged[field.name] = tuple(dict.fromkeys((*values[0], *values[1])))
        elif field.name != "objects":
            stated = [value for value in values if value is not None and value != ()]
            if len(stated) == 2 and stated[0] != stated[1]:
                return field.name
            merged[field.name] = stated[0] if stated else values[0]
    objects, repeats = without_repeats((*first.objects, *second.objects), source)
    image = replace(first, **merged, objects=in_order(objects))  # type: ignore[arg-type]
    return replace(image, notes=tuple(dict.fromkeys((*image.notes, _JOINED_NOTE, *repeats))))


def left_open(first: AnnotatedImage, second: AnnotatedImage) -> AnnotatedImage:
    """Return the first of two images of one file with all classes open that the refused second one has objects of."""
    names = {*first.open_classes, *second.open_classes, *(item.class_name for item in second.objects)}
    return replace(first, open_classes=tuple(sorted(names)))


def _stems(names: tuple[str, ...]) -> set[str]:
    return {without_ending(PurePosixPath(name.replace("\\", "/")).as_posix()) for name in names}

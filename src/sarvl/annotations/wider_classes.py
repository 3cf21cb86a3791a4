"""Wider classes whose labels stand beside narrower ones on the same objects: one object each, by the narrower name."""

from dataclasses import replace

from sarvl.annotations.annotated_image import AnnotatedImage, AnnotatedObject
from sarvl.annotations.parsing.box_checks import whole_pixels
from sarvl.annotations.source import Source, of_another_type


def without_second_labels(image: AnnotatedImage, source: Source) -> AnnotatedImage:
    """Return the image with one label an object, as ``wider_classes`` of the source says, and notes of what was joined.

    An object of a narrower class and one of the wider class in an equal box (whole pixels) are one object. Where a
    narrower one has no such box, it is not known which of the wider class it is: of that class nothing is counted or
    denied.
    """
    for wider, narrower in source.wider_classes.items():
        if isinstance(narrower, tuple):
            image = _joined(image, of_another_type(wider), narrower)
    return image


def _joined(image: AnnotatedImage, wider: str, narrower: tuple[str, ...]) -> AnnotatedImage:
    second = [item for item in image.objects if item.class_name == wider]
    objects, notes, is_open = [item for item in image.objects if item.class_name != wider], [], False
    for item in [item for item in objects if item.class_name in narrower]:
        twin = next((other for other in second if _have_equal_boxes(item, other)), None)
        if twin:
            second.remove(twin)
            notes.append(f"{item.class_name}: its box has a wider label too, taken as one object")
        else:
            is_open = True
            notes.append(f"{item.class_name}: no box of the wider class is equal to its own")
    opened = {*image.open_classes, wider} if is_open else image.open_classes
    kept = tuple(item for item in image.objects if item.class_name != wider or any(item is other for other in second))
    notes = list(dict.fromkeys((*image.notes, *notes)))
    return replace(image, objects=kept, open_classes=tuple(sorted(opened)), notes=tuple(notes))


def _have_equal_boxes(first: AnnotatedObject, second: AnnotatedObject) -> bool:
    return whole_pixels(first.box) == whole_pixels(second.box)

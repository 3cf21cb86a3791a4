"""Open classes: those of which an object was refused, so that it is not known how many there are, or whether any."""

from sarvl.annotations import EVERY_CLASS, AnnotatedImage
from sarvl.language.words.name_meaning import covers


def is_closed(class_name: str, image: AnnotatedImage) -> bool:
    """Tell whether all objects are known that a class could name: none of it, or of one that it covers, was refused."""
    opened = image.open_classes
    if EVERY_CLASS in opened:
        return False
    return not any(covers(class_name, other, image.is_a) for other in opened)


def open_names(image: AnnotatedImage) -> set[str]:
    """Return the open classes that have a name: there may be objects of them."""
    return {*image.open_classes} - {EVERY_CLASS}

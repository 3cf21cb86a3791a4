"""Which objects of a record are kept, and of which classes some could not be: of these nothing is counted or denied."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sarvl.annotations.annotated_image import EVERY_CLASS, AnnotatedImage, AnnotatedObject, Box, Reject
from sarvl.annotations.parsing.box_checks import check_object, in_order
from sarvl.annotations.parsing.text_checks import name_problem
from sarvl.annotations.record import RefusedObject
from sarvl.annotations.source import Source


@dataclass(frozen=True, slots=True)
class KeptObjects:
    """The objects of an image by the names used in texts, in order, and what became of the others.

    open_classes: see AnnotatedImage. notes: clipped boxes, and boxes that stood twice.
    """

    objects: tuple[AnnotatedObject, ...]
    open_classes: tuple[str, ...]
    notes: tuple[str, ...]
    rejects: tuple[Reject, ...]


def kept_objects(
    objects: Iterable[AnnotatedObject],
    refused: Iterable[RefusedObject],
    open_classes: Iterable[str],
    image: AnnotatedImage,
    source: Source,
) -> KeptObjects:
    """Check each object against ``image``, and open the class of every one that is refused here or was by the reader.

    Class names are as the source spells them; a class that is not known, or cannot be told, opens all of them.
    """
    different, repeats = without_repeats(objects, source)
    kept: list[AnnotatedObject] = []
    notes: list[str] = []
    refusals = list(refused)
    for item in different:
        checked, refusal, note = _checked(item, image)
        kept += [checked._replace(class_name=source.names_of(item.class_name)[0])] if checked else []
        refusals += [refusal] if refusal else []
        notes += [note] if note else []
    names = {_name_in_texts(refusal.class_name, source) for refusal in refusals}
    names |= {_name_in_texts(name, source) for name in open_classes}
    rejects = [Reject(source.name, "box", item.where, item.reason, item.advice) for item in refusals]
    return KeptObjects(in_order(kept), tuple(sorted(names)), (*notes, *repeats), tuple(rejects))


def without_repeats(objects: Iterable[AnnotatedObject], source: Source) -> tuple[list[AnnotatedObject], list[str]]:
    """Return the objects, those of one class and equal boxes once, and a note for each box that stood more often.

    Equal boxes around oriented ones that differ, such as crossed ships, are of two objects.
    """
    known: dict[tuple[str, Box], list[AnnotatedObject]] = {}
    different: list[AnnotatedObject] = []
    notes: dict[str, None] = {}
    for item in objects:
        alike = known.setdefault((source.names_of(item.class_name)[0], item.box), [])
        if any(None in (item.corners, other.corners) or item.corners == other.corners for other in alike):
            box = ", ".join(f"{edge:g}" for edge in item.box)
            notes[f"{item.class_name}: box ({box}) stands more than once, taken as one object"] = None
        else:
            different.append(item)
            alike.append(item)
    return different, list(notes)


def with_note_on_open(image: AnnotatedImage) -> AnnotatedImage:
    """Return the image with a note of what cannot be said of it, where classes are open."""
    if not image.open_classes:
        return image
    every = EVERY_CLASS in image.open_classes
    of_what = "any class" if every else ", ".join(image.open_classes)
    note = f"not all objects could be kept: nothing is counted or denied of {of_what}"
    return replace(image, notes=(*image.notes, note))


def _checked(
    item: AnnotatedObject, image: AnnotatedImage
) -> tuple[AnnotatedObject | None, RefusedObject | None, str | None]:
    """Return the object within its image or why it is refused, and what to note."""
    unnamed = name_problem(item.class_name)
    if unnamed:
        return None, RefusedObject(image.file, unnamed, None, "correct the class of the object"), None
    inside, problem = check_object(item, image.width, image.height)
    told = f"{item.class_name}: {problem}"
    if inside is None:
        return None, RefusedObject(image.file, told, item.class_name, "correct the box"), None
    return inside, None, told if problem else None


def _name_in_texts(raw_class: str | None, source: Source) -> str:
    if raw_class is None or raw_class == EVERY_CLASS or name_problem(raw_class):
        return EVERY_CLASS
    return source.names_of(raw_class)[0]

"""Classes that a recipe names and nothing has: misspelt, one would be denied of every image, or change nothing."""

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches

from sarvl.annotations.record import Record
from sarvl.annotations.source import OTHERS, Source
from sarvl.errors import AnnotationError

_NAMED_AT_MOST = 8


def classes_of(record: Record) -> Iterator[str]:
    """Yield the classes that a record names, as the source spells them; those of refused objects too."""
    yield from (item.class_name for item in record.objects)
    yield from (item.class_name for item in record.refused if item.class_name)
    yield from (item.class_name for item in record.land_cover)
    if record.label:
        yield record.label


def check_classes(source: Source, met: Collection[str], listed: Collection[str] | None) -> tuple[str, ...]:
    """Hold the names of classes in the recipe against what there is; return warnings, one line each.

    These are ``labelled_classes``, the keys of ``class_names``, the source's own ``is_a`` and ``wider_classes``.

    met: the classes that the annotations have, as the source spells them. listed: all that the annotations list, where
    they do so; then a name that is none of these or of ``met``, nor given by ``class_names`` or as a wider one by
    ``is_a``, is an AnnotationError. Where there is neither, nothing is known, and nothing said.
    """
    known = {*met, *(listed or ())}
    if not known:
        return ()
    in_texts = names_in_texts(source, known)
    plain = {source.plain_names_of(name)[0] for name in {*known, *source.class_names}}
    narrower = [name for names in source.wider_classes.values() if names != OTHERS for name in names]
    unmet = [
        *unmet_names("labelled_classes", source.labelled_classes, in_texts | {*source.is_a.values()}),
        *unmet_names("class_names", source.class_names, known),
        *unmet_names("is_a", source.own_is_a, in_texts | {*source.own_is_a.values(), *source.labelled_classes}),
        *unmet_names("wider_classes", [*source.wider_classes, *narrower], plain),
    ]
    if listed is not None and unmet:
        there = ", ".join(sorted(listed)[:_NAMED_AT_MOST])
        raise AnnotationError(f"source {source.name}: {unmet[0]} is no class of its annotations ({there}); correct it")
    return tuple(f"source {source.name}: {each} no annotation has; check the spelling" for each in unmet)


def names_in_texts(source: Source, known: Iterable[str]) -> set[str]:
    """Return what texts call the classes that the annotations or ``class_names`` have."""
    return {source.names_of(name)[0] for name in (*known, *source.class_names)}


def unmet_names(field: str, names: Iterable[str], known: Collection[str]) -> Iterator[str]:
    """Yield each name that is not known, with the nearest that is.

    In ``is_a`` capitals, plurals, hyphens and underscores play no part.
    """
    lower = {name.lower(): name for name in sorted(known)}
    forms = set(map(_loose_form, known)) if field == "is_a" else set()
    for name in names:
        if name not in known and _loose_form(name) not in forms:
            near = get_close_matches(name.lower(), lower, n=1, cutoff=0.5)
            yield f"`{field}` names {name!r}" + (f" (nearest: {lower[near[0]]!r}), which" if near else ", which")


def _loose_form(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum()).rstrip("s")

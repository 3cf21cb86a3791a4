"""Classes that a recipe names and nothing has: misspelt, one would be denied of every image, or change nothing."""

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches

from sarvl.annotations.record import Record
from sarvl.annotations.source import Source
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
    """Hold ``labelled_classes`` and the keys of ``class_names`` against what there is; return warnings, one line each.

    met: the classes that the annotations have, as the source spells them. listed: all that the annotations list, where
    they do so; then a name that is none of these or of ``met``, nor given by ``class_names`` or as a wider one by
    ``is_a``, is an AnnotationError. Where there is neither, nothing is known, and nothing said.
    """
    known = {*met, *(listed or ())}
    if not known:
        return ()
    in_texts = {source.names_of(name)[0] for name in known} | {names[0] for names in source.class_names.values()}
    unmet = [
        *_unmet("labelled_classes", source.labelled_classes, in_texts | {*source.is_a.values()}),
        *_unmet("class_names", source.class_names, known),
    ]
    if listed is not None and unmet:
        there = ", ".join(sorted(listed)[:_NAMED_AT_MOST])
        raise AnnotationError(f"source {source.name}: {unmet[0]} is no class of its annotations ({there}); correct it")
    return tuple(f"source {source.name}: {each} no annotation has; check the spelling" for each in unmet)


def _unmet(field: str, names: Iterable[str], known: Collection[str]) -> Iterator[str]:
    """Yield each name that is not known, with the nearest that is."""
    lower = {name.lower(): name for name in sorted(known)}
    for name in names:
        if name not in known:
            near = get_close_matches(name.lower(), lower, n=1, cutoff=0.5)
            yield f"`{field}` names {name!r}" + (f" (nearest: {lower[near[0]]!r}), which" if near else ", which")

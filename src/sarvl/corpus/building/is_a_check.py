"""Names in ``is_a`` that nothing has: misspelt, they change nothing."""

from collections.abc import Iterable, Sequence

from sarvl.annotations import Source, SourceImages
from sarvl.annotations.class_check import unmet_names
from sarvl.corpus.recipe import BuildRecipe
from sarvl.errors import AnnotationError
from sarvl.language.words.kinds import kinds_with

Read = Sequence[tuple[Source, SourceImages]]


def check_is_a(recipe: BuildRecipe, read: Read) -> list[str]:
    """Hold ``is_a`` of the recipe and of its sources against all classes; return warnings, one line each.

    A source's own names were held against its own classes when it was read; here, its wider ones. A wider name may be
    one of the product's list too. A name that is nowhere is an AnnotationError where all annotations that it is for
    list their classes.
    """
    warnings: list[str] = []
    for source, images in read:
        warnings += _told(f"source {source.name}", (), source.own_is_a, [(source, images)])
    return warnings + _told("the recipe", recipe.is_a, recipe.is_a, read)


def _told(whose: str, names: Iterable[str], is_a: dict[str, str], read: Read) -> list[str]:
    known = {name for source, images in read for name in (*images.classes, *source.labelled_classes)}
    if not all(images.classes for _, images in read):
        return []  # of a source without any class nothing is known
    narrower = unmet_names("is_a", names, known | {*is_a.values()})
    listed = {*kinds_with(()).names.values()}
    new = [wider for wider in is_a.values() if not kinds_with(()).meant_by(wider)]
    unmet = [*narrower, *unmet_names("is_a", new, known | {*is_a} | listed)]
    if unmet and all(images.lists_classes for _, images in read):
        raise AnnotationError(f"{whose}: {unmet[0]} is no class of the annotations and no known name; correct it")
    return [f"{whose}: {each} no annotation has; check the spelling" for each in unmet]

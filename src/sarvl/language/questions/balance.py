"""The balance of yes and no: how common each class is, and how often its more common answer is then asked for."""

from collections import Counter
from collections.abc import Iterable, Mapping

from sarvl.annotations import AnnotatedImage
from sarvl.language.geometry.layout import class_names_of
from sarvl.language.words.name_meaning import covers
from sarvl.language.words.open_classes import is_closed

Prevalence = Mapping[str, float]
"""Share of images that hold a class, among those of which it is known whether they do."""


def known_presence(image: AnnotatedImage) -> dict[str, bool]:
    """Return, by class, whether it is there; classes of which that is not known are left out.

    A class is known to be there where an object or the label is of it, and known to be absent where the source labels
    it and the image has neither a label nor land cover of it. A class whose name could mean another one that is there,
    or an object that was refused, is left out in either case.
    """
    present = {class_name for class_name in (*class_names_of(image), image.label) if class_name}
    covering = {item.class_name for item in image.land_cover}
    there = present | covering
    denied = set() if image.label else set(image.labelled_classes) - present - covering
    return {
        class_name: class_name in present
        for class_name in sorted(present | denied)
        if is_closed(class_name, image)
        and not any(covers(class_name, other, image.is_a) for other in there if other != class_name)
    }


def class_prevalence(images: Iterable[AnnotatedImage]) -> dict[str, float]:
    """Return the prevalence of each class among ``images``, the first pass of a balanced corpus."""
    known: Counter[str] = Counter()
    there: Counter[str] = Counter()
    for image in images:
        for class_name, is_there in known_presence(image).items():
            known[class_name] += 1
            there[class_name] += is_there
    return {class_name: there[class_name] / count for class_name, count in sorted(known.items())}


def rate_of(share: float, is_there: bool) -> float:
    """Return the probability of asking whether a class of this prevalence is there, so that yes and no come out equal.

    All images are asked where the answer is the rarer one, and as many of the others as there are of these. A class
    that is always or never there is not asked about.
    """
    rarer = min(share, 1 - share)
    return 0.0 if rarer <= 0 else rarer / (share if is_there else 1 - share)

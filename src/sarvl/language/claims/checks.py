"""Whether an image's annotation bears out a claim: one check a kind of claim."""

from collections.abc import Callable

from sarvl.annotations import AnnotatedImage
from sarvl.language.geometry.layout import POSITIONS, Layout
from sarvl.language.geometry.oriented_box import DIAGONAL, ORIENTATIONS
from sarvl.language.statement import Claim, ClaimKind, Group
from sarvl.language.words.lexicon import OWNED_EFFECTS, effect_of
from sarvl.language.words.measures import (
    LEAST_SHARE,
    amount_of,
    extent_m,
    oriented_size_m,
    percent_of,
    share_of,
    speckle_of,
    target_size_m,
)


def problem_with(claim: Claim, image: AnnotatedImage, layout: Layout) -> str | None:
    """Return why the annotation does not bear out ``claim``, or None where it does."""
    for group in filter(None, (claim.group, claim.other)):
        if group.position is not None and group.position not in POSITIONS:
            return f"{group.position!r} is no position; use one of {', '.join(POSITIONS)}"
        if group.orientation is not None and group.orientation not in (*ORIENTATIONS, DIAGONAL):
            return f"{group.orientation!r} is no orientation; use one of {', '.join((*ORIENTATIONS, DIAGONAL))}"
    return _CHECKS[claim.kind](claim, image, layout)


def _problem_with_quantity(claim: Claim, image: AnnotatedImage, layout: Layout) -> str | None:
    ids, evidence = layout.ids(claim.group), set(claim.objects)
    is_exact, count = claim.comparison == "exactly", claim.number or 1
    if claim.kind == "presence" and _is_present_as_a_whole(claim.group, image):
        return None if evidence <= set(ids) else f"objects {claim.objects} are not of this group"
    if is_exact and (unknown := _unknown_orientations(claim.group, layout)):
        return unknown
    if len(ids) < count or (is_exact and len(ids) != count):
        return f"the annotation has {len(ids)}"
    if len(evidence) != len(claim.objects) or not evidence <= set(ids):
        return f"objects {claim.objects} are not of this group, or stand twice"
    if len(evidence) < count or (is_exact and len(evidence) != count):
        return f"it rests on {len(evidence)} objects"
    return None


def _is_present_as_a_whole(group: Group, image: AnnotatedImage) -> bool:
    """Tell whether the label or the land cover says that the class is there, wherever it is."""
    is_anywhere = group == Group(group.class_name)
    return is_anywhere and (group.class_name == image.label or share_of(image, group.class_name) >= LEAST_SHARE)


def _unknown_orientations(group: Group, layout: Layout) -> str | None:
    """Return why an exact number cannot be said: an object of the group may lie so, or not."""
    everyone = layout.ids(group._replace(orientation=None)) if group.orientation else ()
    unknown = sum(layout.orientations[index] is None for index in everyone)
    return f"{unknown} of the objects have no oriented box with a long axis" if unknown else None


def _problem_with_absence(claim: Claim, image: AnnotatedImage, layout: Layout) -> str | None:
    class_name = claim.group.class_name
    if class_name not in image.labelled_classes:
        return "the source does not label this class, so its absence cannot be said"
    if image.label is not None:
        return "a label says what is there, not what else is absent"
    if share_of(image, class_name) > 0:
        return "the land cover has some"
    if unknown := _unknown_orientations(claim.group, layout):
        return unknown
    if layout.ids(claim.group):
        return f"the annotation has {len(layout.ids(claim.group))}"
    return "there is nothing for it to rest on, yet it names objects" if claim.objects else None


def _problem_with_relation(claim: Claim, _: AnnotatedImage, layout: Layout) -> str | None:
    if claim.other is None or not (first := layout.ids(claim.group)) or not (second := layout.ids(claim.other)):
        return "one of the groups has no object"
    if claim.relation == "has":
        return _problem_with_owner(claim, layout, first, second)
    if claim.relation not in layout.relations(claim.group, claim.other):
        return "the boxes of the two groups do not lie so"
    if sorted(claim.objects) != sorted({*first, *second}):
        return f"it rests on objects {claim.objects}, not on all of both groups"
    return None


def _problem_with_owner(claim: Claim, layout: Layout, owners: tuple[int, ...], effects: tuple[int, ...]) -> str | None:
    if claim.other is None or effect_of(claim.other.class_name) not in OWNED_EFFECTS:
        return f"only {' and '.join(OWNED_EFFECTS)} belong to an object"
    pairs = [sorted((owner, effect)) for effect in effects if (owner := layout.owner_of(effect)) in owners]
    if not pairs:
        return "no box of the second group meets one of the first, and no other"
    return None if sorted(claim.objects) in pairs else f"it rests on objects {claim.objects}, not on two that meet"


def _problem_with_size(claim: Claim, image: AnnotatedImage, layout: Layout) -> str | None:
    measure = oriented_size_m if claim.kind == "size" else extent_m
    sizes: dict[tuple[int, ...], tuple[int, int]]
    sizes = {(index,): size_m for index in layout.ids(claim.group) if (size_m := measure(image, index))}
    if claim.kind == "size" and claim.group == Group(image.label or "") and (declared := target_size_m(image)):
        sizes = {(): declared}
    if claim.size_m not in sizes.values():
        found = sorted({f"{first} m and {second} m" for first, second in sizes.values()})
        return f"the annotation has {', '.join(found) or 'no size'}"
    return None if sizes.get(claim.objects) == claim.size_m else f"it rests on objects {claim.objects}"


def _problem_with_share(claim: Claim, image: AnnotatedImage, _: Layout) -> str | None:
    share = share_of(image, claim.group.class_name)
    is_true = claim.amount == amount_of(share) if claim.amount else claim.number == percent_of(share)
    if claim.group != Group(claim.group.class_name) or share < LEAST_SHARE or not is_true or claim.number == 0:
        return f"the land cover has a share of {share:.3f}"
    return f"it rests on objects {claim.objects}, not on the land cover" if claim.objects else None


def _problem_with_speckle(claim: Claim, image: AnnotatedImage, _: Layout) -> str | None:
    if image.looks is None:
        return "the number of looks is not known"
    if claim.amount != speckle_of(image.looks):
        return f"the image has {image.looks:g} looks"
    return f"it rests on objects {claim.objects}, not on the looks" if claim.objects else None


_CHECKS: dict[ClaimKind, Callable[[Claim, AnnotatedImage, Layout], str | None]] = {
    "presence": _problem_with_quantity,
    "count": _problem_with_quantity,
    "absence": _problem_with_absence,
    "relation": _problem_with_relation,
    "size": _problem_with_size,
    "extent": _problem_with_size,
    "share": _problem_with_share,
    "speckle": _problem_with_speckle,
}

"""What claims of how many objects there are rest on: the objects that are counted, each once."""

from sarvl.annotations import AnnotatedImage
from sarvl.language.geometry.layout import Layout
from sarvl.language.group import Group
from sarvl.language.words.name_meaning import covers


def problem_with_number(
    group: Group, number: int, objects: tuple[int, ...], layout: Layout, is_exact: bool
) -> str | None:
    """Return why ``group`` does not hold so many objects, or ``objects`` are not these; None where all is well."""
    if is_exact and (others := layout.named_as_well(group.class_name)):
        return f"{', '.join(others)} could be counted too: no exact number can be said"
    if is_exact and (unknown := unknown_orientations(group, layout)):
        return unknown
    ids, evidence = layout.ids(group), set(objects)
    if len(ids) < number or (is_exact and len(ids) != number):
        return f"the annotation has {len(ids)}"
    if len(evidence) != len(objects) or not evidence <= set(ids):
        return f"objects {objects} are not of this group, or stand twice"
    if len(evidence) < number or (is_exact and len(evidence) != number):
        return f"it rests on {len(evidence)} objects"
    return None


def unknown_orientations(group: Group, layout: Layout) -> str | None:
    """Return why an exact number cannot be said: an object of the group may lie so, or not."""
    everyone = layout.ids(group._replace(orientation=None)) if group.orientation else ()
    unknown = sum(layout.orientations[index] is None for index in everyone)
    return f"{unknown} of the objects have no oriented box with a long axis" if unknown else None


def named_as_well(class_name: str, image: AnnotatedImage, layout: Layout) -> list[str]:
    """Return the classes that are there, as objects or land cover, and could be called ``class_name`` too."""
    covering = {item.class_name for item in image.land_cover}.difference(layout.by_class, (class_name,))
    return [
        *layout.named_as_well(class_name),
        *(other for other in sorted(covering) if covers(class_name, other, image.is_a)),
    ]

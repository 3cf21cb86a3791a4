"""Groups as the JSON of claims has them."""

from collections.abc import Mapping
from typing import Any

from sarvl.language.group import Group


def fields_of(group: Group) -> dict[str, str]:
    """Return what JSON holds of a group; a position or orientation that it has none of is left out."""
    fields = {"class": group.class_name} | ({"position": group.position} if group.position else {})
    return fields | ({"orientation": group.orientation} if group.orientation else {})


def group_from(fields: Mapping[str, Any]) -> Group:
    """Return the group that ``fields_of`` wrote; KeyError or TypeError for others."""
    return Group(fields["class"], fields.get("position"), fields.get("orientation"))


def key_of(group: Group) -> tuple[str, str, str]:
    """Return the group as claims are sorted by it."""
    return group.class_name, group.position or "", group.orientation or ""

"""Ids of COCO files: what they join, and the names of categories."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from sarvl.annotations.parsing.plain_text import plain_text
from sarvl.errors import AnnotationError

Key = int | str


def key_of(entry: Any, field: str) -> Key | None:
    """Return the id in a field of an entry; None where there is none.

    An id is a whole number or text; ``"7"`` and 7.0 are 7, as tables write it. A boolean is no id.
    """
    value = entry.get(field) if isinstance(entry, dict) else None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.isascii() and value.isdigit() and value == str(int(value[:20])):
        return int(value)
    return value if isinstance(value, int | str) and not isinstance(value, bool) else None


def is_like_none(key: Key | None, known: Collection[Key]) -> bool:
    """Tell whether an id is missing, or written otherwise than all known ones: whose it is cannot be told.

    A number among numbers is of an image that the file does not list; a text among numbers may be of any.
    """
    return key is None or type(key) not in {type(other) for other in known}


def category_names(
    data: Mapping[str, Any], used: Iterable[Key], class_names: Mapping[str, tuple[str, ...]], path: Path
) -> dict[Key, str]:
    """Return the name of each category by its id; the id as text where ``class_names`` names that, and not the name.

    used: the ids that annotations have. Raises AnnotationError where one of them has no name, or an id has two.
    """
    categories = data.get("categories") or []
    if not isinstance(categories, list):
        raise AnnotationError(f"{path}: `categories` is not a list; give a COCO file, or set another format")
    names: dict[Key, str] = {}
    for entry in categories:
        key, name = key_of(entry, "id"), plain_text(entry.get("name")) if isinstance(entry, dict) else None
        if key is not None and name and names.setdefault(key, name) != name:
            raise AnnotationError(
                f"{path}: category id {key} is named both {names[key]!r} and {name!r}; give each its own id"
            )
    nameless = {str(key): key for key in used if key not in names}
    unknown = sorted(text for text in nameless if text not in class_names)
    if unknown:
        raise AnnotationError(
            f"{path}: no category is named for the ids {', '.join(unknown[:8])}; "
            f"add to the source `class_names: {{{unknown[0]}: <name>, ...}}`"
        )
    by_id = {key: str(key) for key in names if str(key) in class_names and str(key) not in names.values()}
    by_id = {key: text for key, text in by_id.items() if names[key] not in class_names}
    return names | by_id | {key: text for text, key in nameless.items()}

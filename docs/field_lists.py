"""Shows the lines `name: what it is` of a docstring as a list in the reference; zensical loads it by mkdocs.yml."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

import griffe

_ITEM = re.compile(r"(\w+(?:, \w+)*): (.+)")
_SEVERAL = re.compile(r"(?<=[.)]) (?=\w+(?:, \w+)*: )")


class FieldLists(griffe.Extension):
    """Makes a list of the lines that tell parameters and fields, which Markdown would run together."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Change the docstring of each object when it has been read."""
        if obj.docstring:
            obj.docstring.value = "\n".join(_listed(obj.docstring.value.splitlines(), _names_of(obj)))


def _names_of(obj: griffe.Object) -> set[str]:
    if isinstance(obj, griffe.Function):
        return {parameter.name for parameter in obj.parameters}
    return {name for name, member in obj.members.items() if isinstance(member, griffe.Attribute)}


def _listed(lines: list[str], names: set[str]) -> Iterator[str]:
    inside = False
    for line in chain.from_iterable(_parted(whole, names) for whole in lines):
        item = _item(line, names)
        if item:
            if not inside:
                yield ""
            inside = True
            yield f"- **{item[1]}**: {item[2]}"
        elif inside and line.strip() and not line.startswith("Raises "):
            yield f"  {line}"
        else:
            if inside:
                yield ""
            inside = False
            yield line


def _item(line: str, names: set[str]) -> re.Match[str] | None:
    item = _ITEM.match(line)
    return item if item and set(item[1].split(", ")) <= names else None


def _parted(line: str, names: set[str]) -> Iterator[str]:
    """Yield the line, parted before each further field that it tells."""
    first, *others = _SEVERAL.split(line)
    for part in others:
        if _item(part, names):
            yield first
            first = part
        else:
            first = f"{first} {part}"
    yield first

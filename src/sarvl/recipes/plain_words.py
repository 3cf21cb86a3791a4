"""What is wrong with a field, in words that a user of YAML knows: pydantic speaks of tuples and instances."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import yaml
from pydantic_core import ErrorDetails

_MOST_CHARACTERS = 40
_MOST_NAMES = 12
_FIELDS = "give its fields, as {field: value}"
_NAMED: Mapping[str, str] = {
    "missing": "missing; give it",
    "extra_forbidden": "no such field; correct its name",
    "model_type": _FIELDS,
    "model_attributes_type": _FIELDS,
    "dataclass_type": _FIELDS,
    "dict_type": "give names with their values, as {name: value}",
    "mapping_type": "give names with their values, as {name: value}",
    "finite_number": "give a finite number",
    "bytes_type": "give text",
    "path_type": "give a path, such as data/images",
    "recursion_loop": "holds itself; write it out",
}
_LISTS = ("tuple_type", "list_type", "set_type", "frozen_set_type", "iterable_type")
_CHOICES = ("literal_error", "enum", "union_tag_invalid", "union_tag_not_found")
_LIMITS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
    "too_short": ("at least", "min_length"),
    "too_long": ("at most", "max_length"),
    "string_too_short": ("at least", "min_length"),
    "string_too_long": ("at most", "max_length"),
}
_TEXT = "text"
_KINDS = {
    "int": "a whole number, such as 3",
    "float": "a number, such as 0.5",
    "bool": "true or false",
    "string": _TEXT,
}
_CHOICE = re.compile(r"'([^']*)'|(\d+)")


def in_plain_words(error: ErrorDetails) -> str:
    """Return what is wrong and what to give instead."""
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    if kind in _LISTS:
        return f"give a list, such as [{_example(given)}]"
    if kind in _LIMITS:
        return _limit(kind, given, context)
    if kind in _CHOICES:
        return _no_choice(given, context)
    if kind == "string_pattern_mismatch":
        return f"{shown(given)} does not have the form that is asked for, {context['pattern']}"
    if wanted := next((told for beginning, told in _KINDS.items() if kind.startswith(f"{beginning}_")), None):
        return _not_a(given, wanted)
    return _NAMED.get(kind, error["msg"].removeprefix("Value error, "))


def unknown_field(name: object, known: Sequence[str]) -> str:
    """Return what is said of a field that a model does not have."""
    near = get_close_matches(str(name), known, n=1)
    if near:
        return f"no such field; did you mean {near[0]}?"
    if not known:
        return "no such field: there are none here; leave it out"
    more = ", ..." if len(known) > _MOST_NAMES else ""
    return f"no such field; correct its name: there are {', '.join(known[:_MOST_NAMES])}{more}"


def _no_choice(given: Any, context: Mapping[str, Any]) -> str:
    """Return what is said of a value, or of a part by its field that names its form, that is none of several."""
    if "expected" in context:
        return _none_of(given, _known(context["expected"]))
    field = str(context["discriminator"]).strip("'")
    if "tag" not in context:
        return f"has no {field}; give it"
    return f"{field} {_none_of(context['tag'], _known(context['expected_tags']))}"


def _known(expected: object) -> list[str]:
    return [text or number for text, number in _CHOICE.findall(str(expected))]


def _none_of(given: Any, known: Sequence[str]) -> str:
    near = get_close_matches(str(given), known, n=1)
    meant = f"; did you mean {near[0]}?" if near else ""
    return f"{shown(given)} is none of {', '.join(known)}{meant}"


def _not_a(given: Any, wanted: str) -> str:
    if wanted == _TEXT and isinstance(given, int | float):
        return f"{shown(given)} is no text; write '{shown(given)}' where it is meant as text"
    return f"{shown(given)} is not {wanted}"


def shown(value: Any) -> str:
    """Return a value as YAML has it, on one line, cut where it is long."""
    try:
        text = yaml.safe_dump(value, default_flow_style=True, width=2**20, allow_unicode=True)
    except yaml.YAMLError:  # no value of YAML
        text = str(value)
    text = text.removesuffix("\n").removesuffix("\n...").strip()
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}..."


def _example(given: Any) -> str:
    return shown(given) if isinstance(given, str | int | float) and given != "" else "first, second"


def _limit(kind: str, given: Any, context: Mapping[str, Any]) -> str:
    words, name = _LIMITS[kind]
    limit = context[name]
    if kind.startswith("string"):
        return f"{shown(given)}: give {words} {limit} characters"
    if kind.startswith("too_"):
        return f"give {words} {limit}; there are {context.get('actual_length', 'more')}"
    return f"{shown(given)} is out of range; give {words} {_plain_number(limit)}"


def _plain_number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)

"""The option tables of the formats page hold exactly the options, and the defaults, that the code has."""

import json
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from sarvl.annotations.format import FORMATS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "formats.md"
TOLD_IN_WORDS = {"caption_prompts": "see below", "csv": "see `csv_captions`"}


def options_told(name: str) -> dict[str, str]:
    """Return option and default of each row of the first table in the section of a format; none where it says so."""
    _, found, rest = PAGE.read_text(encoding="utf-8").partition(f"\n## {name}\n")
    assert found
    section = rest.partition("\n## ")[0].strip()
    if section.startswith("No options."):
        return {}
    table = re.match(r"\| option \| default \| what it is \|\n\|---\|---\|---\|\n((?:\|.*\n)+)", section)
    assert table
    rows = [line.strip("|").split(" | ") for line in table[1].splitlines()]
    return {row[0].strip().strip("`"): row[1].strip() for row in rows}


def default_told(name: str, field: object) -> str:
    if name in TOLD_IN_WORDS:
        return TOLD_IN_WORDS[name]
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    assert not isinstance(default, BaseModel)
    if default is None or default == "":
        return "none" if default is None else "empty"
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


@pytest.mark.parametrize("name", FORMATS.names())
def test_options_are_told_with_their_defaults(name: str) -> None:
    fields = FORMATS.get(name).options.model_fields
    assert options_told(name) == {option: default_told(option, field) for option, field in fields.items()}

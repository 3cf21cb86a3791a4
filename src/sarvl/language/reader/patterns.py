"""Patterns: phrases that hold numbers, such as "about 120 m long and 17 m wide"."""

import re
from collections.abc import Callable
from typing import NamedTuple

from sarvl.language.reader.symbols import Symbol

ABOUT_WORDS = ("about", "approximately", "around", "roughly")
ABOUT = f"(?:{'|'.join(ABOUT_WORDS)})"
METRES = "([0-9]{1,7}) (?:m|meters|metres)"


class Pattern(NamedTuple):
    """A phrase that holds whole numbers.

    first_words: those that it can begin with. expression: matches the phrase in lower case, its words and signs parted
    by blanks, each number in a group. symbol: what the phrase does, from its numbers.
    """

    first_words: tuple[str, ...]
    expression: re.Pattern[str]
    symbol: Callable[..., Symbol]

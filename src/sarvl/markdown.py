"""Markdown of our own, such as cards and READMEs: texts that came from files, and the front matter of the Hub."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

# Controls, directions, what has no width, halves of pairs, and what Unicode does not know or leaves to others.
_UNSEEN = frozenset(("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"))
_BLANK_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u2800\u3164\uffa0"  # letters and marks without ink
_VARIANTS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# A piece of a text: what could be an address reaches as far as such signs do.
_PIECE = re.compile(r"""[^\s<>&|`\\\[\](){}*!"'$^~]+""")
# Behind any of these a renderer may see an address, somebody's name, or a picture's short name.
_ADDRESS = re.compile(r"@|//|www\.|[^\s.]\.[^\W\d_]|:[\w+-]+:|^\.[^\W\d_]", re.IGNORECASE)
_AT_ENDS = ".,:;?"
_PLAIN = frozenset(" ,.;:'%()/?-_=+\"")  # harmless inside a text
_OPENING = re.compile(r"\d+[.)](?=\s|$)|[^\w\s]")  # may make a heading, a list or a line of a text's first signs
# Names that the Hugging Face Hub knows; all others are "other" there.
_HUB_LICENCES = {
    *("apache-2.0", "mit", "cc0-1.0", "odbl", "odc-by", "pddl"),
    *("cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "cc-by-nd-4.0", "cc-by-nc-sa-4.0", "cc-by-nc-nd-4.0"),
}


def visible(text: str) -> str:
    """Return a text on one line in which nothing hides: what has no ink, or turns the direction, as its escape."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_shown, text))
    return " ".join(text.split())


def _shown(sign: str) -> str:
    if sign.isspace():
        return " "
    unseen = unicodedata.category(sign) in _UNSEEN or sign in _BLANK_LETTERS or _VARIANTS.match(sign)
    return ascii(sign)[1:-1] if unseen else sign


def escaped(text: str) -> str:
    """Return Markdown that shows ``visible(text)``, whatever it holds, in a paragraph, a heading or a cell of a table.

    No HTML, picture, link, heading or list comes of it. Signs that mean something become entities, since they mean
    nothing in any dialect; what could be an address or a name to call stands as code, since some renderers make links
    of these wherever they stand.
    """
    shown = visible(text)
    parts, end = [], 0
    for piece in _PIECE.finditer(shown):
        code = piece[0].rstrip(_AT_ENDS)
        if _ADDRESS.search(code):
            start = piece.start()
            parts += [_entities(shown, end, start), f"`{code}`"]
            end = start + len(code)
    return "".join([*parts, _entities(shown, end, len(shown))])


def _entities(text: str, start: int, end: int) -> str:
    opening = _OPENING.match(text)
    first = opening.end() if opening else 0
    return "".join(
        text[place] if place >= first and _is_harmless(text, place) else _entity(text[place])
        for place in range(start, end)
    )


def _is_harmless(text: str, place: int) -> bool:
    sign = text[place]
    if sign == "_":  # inside a word it is no emphasis
        return text[place - 1 : place].isalnum() and text[place + 1 : place + 2].isalnum()
    return not sign.isascii() or sign.isalnum() or sign in _PLAIN


def _entity(sign: str) -> str:
    return f"&#{ord(sign)};" if sign.isascii() and not sign.isalnum() and sign != " " else sign


def row(cells: Iterable[str]) -> str:
    """Return a line of a table, its cells escaped."""
    return f"| {' | '.join(map(escaped, cells))} |"


def front_matter(fields: Mapping[str, Any]) -> str:
    """Return fields as the head of a README in YAML, which the Hugging Face Hub reads."""
    return f"---\n{yaml.safe_dump(dict(fields), sort_keys=False, allow_unicode=False)}---\n\n"


def size_category(count: int) -> str:
    """Return the category that the Hub gives a data set of ``count`` examples, such as ``1K<n<10K``."""
    bounds = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T")
    place = sum(count >= 1000 * 10**power for power in range(len(bounds)))
    if place in (0, len(bounds)):
        return f"n<{bounds[0]}" if place == 0 else f"n>{bounds[-1]}"
    return f"{bounds[place - 1]}<n<{bounds[place]}"


def hub_licence(licences: Iterable[str]) -> dict[str, str]:
    """Return the licence of something under all these, by a name that the Hub knows: ``unknown`` or ``other`` else."""
    stated = {"-".join(licence.lower().split()) for licence in licences}
    known = stated & _HUB_LICENCES
    if len(stated) == len(known) == 1:
        return {"license": known.pop()}
    return {"license": "unknown" if stated <= {"not-stated", ""} else "other"}

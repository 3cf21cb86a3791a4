"""The words that a caption is read by, other than names of classes.

How a sentence is read (the parser is ``reading.py``; the writers keep to the same rules):

1. A number before a class or a place is exact, in digits or words: "1 ship", "five ships", "the 3 bridges".
   "single" is 1.
2. A singular with "a", "the" or nothing before it says that there is one or more: "a ship", "SAR image of ship".
   A plural with no number says two or more: "ships". A name whose plural is the same says one or more: "aircraft".
3. "at least 3", "more than 3" are lower bounds; "many", "numerous", "a lot of" mean more than ten;
   "several" two or more.
4. "no" and "without" say that there is none; "or" carries that on to the next class. So does the number 0.
5. A place at the head of a clause holds for every class in it; after "are" it holds for all of the subject; anywhere
   else it holds for the class, or the number, just before it.
6. A number with a place and no class counts the class that was named last: "5 ships in total: 3 in the upper left ...".
7. A relation has one group before it and one after it. "Its", "casts" and "leaves" have one object before them and its
   shadow or wake after them; "below it", "to its right" hold of the last of two classes to the first.
8. "Horizontally", "vertically" and "diagonally" hold for the same classes as a place would. A number before them counts
   among the class named last: "3 ships, two of them lying horizontally ...".
9. A size needs one object without a number before it: "a ship about 120 m long and 17 m wide" (its oriented box, or the
   labelled target), "a ship whose box extends about 120 m by 40 m" (across and down). "About" belongs to it.
10. "Dominated by", "large areas of", "a large share of", "some", "a small amount of", "a small share of" and "about
   60 %" give the share of the class of land cover that follows; a share has no place. Before any other class "some"
   says nothing.
11. "Strong", "moderate" and "weak" are said of speckle alone.
12. What could be taken in two ways is refused, and so is every word that is neither here nor the name of a class.
"""

import re
from typing import NamedTuple

from sarvl.language.geometry.layout import CENTER, OUTSIDE_CENTER
from sarvl.language.words.lexicon import NUMBER_WORDS
from sarvl.language.words.measures import SPECKLE_STRENGTHS

MANY_IS_MORE_THAN = 10  # RemoteCLIP's box-to-caption: counts above ten become "many"

_ABOUT = "(?:about|approximately|around|roughly)"
_METRES = "([0-9]{1,7}) (?:m|meters|metres)"
_MEASURES = (
    ("size", re.compile(rf"{_ABOUT} {_METRES} long (?:and|,|by) (?:{_ABOUT} )?{_METRES} wide(?= |$)")),
    ("extent", re.compile(rf"whose box (?:extends|measures) {_ABOUT} {_METRES} by (?:{_ABOUT} )?{_METRES}(?= |$)")),
    ("percent", re.compile(rf"{_ABOUT} ([0-9]{{1,3}}) (?:%|percent)(?= |$)")),
)
_FIRST_WORDS_OF_MEASURES = ("about", "approximately", "around", "roughly", "whose")
_MOST_TOKENS_OF_A_MEASURE = 12

_TOKEN = re.compile(r"[^\W_]+|(?<=\w)[-_](?=\w)|\S")


class Symbol(NamedTuple):
    """What a word or phrase does in a sentence: its kind and, for some, a number or a name; two numbers for a size."""

    kind: str
    number: int = 0
    name: str = ""
    second_number: int = 0


QUIET = Symbol("quiet")

_VERTICAL = {
    "upper": "upper",
    "top": "upper",
    "middle": "middle",
    "center": "middle",
    "lower": "lower",
    "bottom": "lower",
}
_HORIZONTAL = {"left": "left", "center": "center", "middle": "center", "right": "right"}


def tokens_of(text: str) -> list[str]:
    """Return the words and signs of ``text`` in lower case; hyphens and underscores inside words part them."""
    return [word for word in _TOKEN.findall(text.lower()) if word not in "-_"]


def _places() -> dict[str, Symbol]:
    names = {
        f"{row} {column}": f"{_VERTICAL[row]} {_HORIZONTAL[column]}" for row in _VERTICAL for column in _HORIZONTAL
    }
    names = {words: CENTER if name == "middle center" else name for words, name in names.items()}
    names |= {"center": CENTER, "middle": CENTER, "periphery": OUTSIDE_CENTER}
    names |= {words.replace("center", "centre"): name for words, name in names.items()}
    return {words: Symbol("place", name=name) for words, name in names.items()}


def _orientations() -> dict[str, Symbol]:
    names = {"horizontally": "horizontal", "vertically": "vertical", "diagonally": "diagonal"}
    for name, start, end in (("rising", "lower left", "upper right"), ("falling", "upper left", "lower right")):
        for first, last in ((start, end), (end, start)):
            for phrase in (f"from {first} to {last}", f"from the {first} to the {last}"):
                names |= {phrase: name, f"diagonally {phrase}": name}
    return {phrase: Symbol("orientation", name=name) for phrase, name in names.items()}


def _sides() -> dict[str, Symbol]:
    phrases = {f"{side} it": side for side in ("above", "below")}
    for side in ("left", "right"):
        phrases |= dict.fromkeys((f"to its {side}", f"to the {side} of it", f"{side} of it"), f"{side} of")
    return {phrase: Symbol("side", name=side) for phrase, side in phrases.items()}


def _all(kind: str, phrases: str) -> dict[str, Symbol]:
    return {phrase.strip(): Symbol(kind) for phrase in phrases.split(",")}


_SYMBOLS: dict[str, Symbol] = {
    **{word: Symbol("number", number) for number, word in enumerate(NUMBER_WORDS)},
    **{"single": Symbol("number", 1), "a single": Symbol("number", 1)},
    **{"exactly": Symbol("bound", name="exactly"), "at least": Symbol("bound", 0, "at least")},
    **{"more than": Symbol("bound", 1, "at least")},
    **dict.fromkeys(("many", "numerous", "a lot of", "lots of"), Symbol("minimum", MANY_IS_MORE_THAN + 1)),
    **dict.fromkeys(("several", "multiple"), Symbol("minimum", 2)),
    **_all("none", "no, without, without any"),
    **_places(),
    **_all("outside", "outside, away from"),
    **{"above": Symbol("relation", name="above"), "below": Symbol("relation", name="below")},
    **dict.fromkeys(("left of", "to the left of"), Symbol("relation", name="left of")),
    **dict.fromkeys(("right of", "to the right of"), Symbol("relation", name="right of")),
    **dict.fromkeys(("its", "casts", "casting", "leaves", "trailing"), Symbol("relation", name="has")),
    **_sides(),
    **_orientations(),
    **{"dominated by": Symbol("share", name="dominant")},
    **dict.fromkeys(("large areas of", "a large share of"), Symbol("share", name="large areas")),
    **dict.fromkeys(
        ("a small amount of", "small amounts of", "a small share of"), Symbol("share", name="small amount")
    ),
    **{"some": Symbol("some")},
    **{f"{strength} speckle": Symbol("speckle", name=strength) for strength in SPECKLE_STRENGTHS},
    **_all("verb", "is, are, lie, lies, appear, appears"),
    **_all("article", "a, an, the"),
    **_all("and", "and, but"),
    **{"or": Symbol("or"), ",": Symbol("and"), ":": Symbol("colon"), ";": Symbol("semicolon"), ".": Symbol("period")},
    **dict.fromkeys(("sar", "radar", "synthetic aperture"), Symbol("domain", name="sar")),
    **dict.fromkeys(("optical", "photo", "photograph", "rgb", "color", "colour"), Symbol("domain", name="optical")),
    **_all("quiet", "image, images, imagery, picture, scene, view, frame, satellite, aerial, remote sensing, sensor"),
    **_all(
        "quiet", "this, that, which, there, here, it, of, in, on, at, within, inside, with, from, by, to, also, them"
    ),
    **_all(
        "quiet", "show, shows, showing, shown, contain, contains, containing, include, includes, including, has, have"
    ),
    **_all(
        "quiet", "depict, depicts, depicting, display, displays, feature, features, featuring, reveal, reveals, where"
    ),
    **_all("quiet", "can be, seen, visible, present, observed, found, located, positioned, situated, placed, covered"),
    **_all("quiet", "lying, oriented, aligned"),
    **_all(
        "quiet", "acquired, captured, taken, recorded, imaged, total, altogether, part, area, region, corner, portion"
    ),
}

WORDS = frozenset(word for phrase in _SYMBOLS for word in phrase.split(" "))


def _by_first_word() -> dict[str, list[tuple[tuple[str, ...], Symbol]]]:
    table: dict[str, list[tuple[tuple[str, ...], Symbol]]] = {}
    for phrase in sorted(_SYMBOLS, key=lambda text: -text.count(" ")):
        words = tuple(phrase.split(" "))
        table.setdefault(words[0], []).append((words, _SYMBOLS[phrase]))
    return table


_PHRASES = _by_first_word()


def is_number(token: str) -> bool:
    """Tell whether the token is a number, in digits or as a word."""
    return token in NUMBER_WORDS or _is_digits(token)


def match_phrase(tokens: list[str], start: int) -> tuple[Symbol, int] | None:
    """Return the longest phrase at ``tokens[start]`` and its length in tokens; None where the word is not known."""
    first = tokens[start]
    for words, symbol in _PHRASES.get(first, ()):
        if len(words) == 1 or tuple(tokens[start : start + len(words)]) == words:
            return symbol, len(words)
    if first in _FIRST_WORDS_OF_MEASURES:
        return _match_measure(tokens, start)
    return (Symbol("number", int(first)), 1) if _is_digits(first) else None


def _match_measure(tokens: list[str], start: int) -> tuple[Symbol, int] | None:
    text = " ".join(tokens[start : start + _MOST_TOKENS_OF_A_MEASURE])
    for kind, pattern in _MEASURES:
        if found := pattern.match(text):
            first, *second = map(int, found.groups())
            return Symbol(kind, first, "", *second), found[0].count(" ") + 1
    return None


def _is_digits(token: str) -> bool:
    return token.isascii() and token.isdigit() and len(token) < 10

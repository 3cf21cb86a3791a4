"""The words that a caption is read by, other than names of classes.

How a sentence is read; the writers keep to the same rules. Words that make one kind of claim stand in its file of
``claims/kinds``. What each word does to a clause stands in ``symbols.py``.

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

from functools import lru_cache

from sarvl.errors import LanguageError
from sarvl.language.claims.claim import claim_kinds
from sarvl.language.geometry.layout import CENTER, OUTSIDE_CENTER
from sarvl.language.group import Orientation
from sarvl.language.reader.patterns import Pattern
from sarvl.language.reader.symbols import (
    And,
    Article,
    Colon,
    Lying,
    Number,
    Or,
    Outside,
    Period,
    Place,
    Quiet,
    Semicolon,
    Sensor,
    Symbol,
    Verb,
)
from sarvl.language.words.lexicon import NUMBER_WORDS

_MOST_TOKENS_OF_A_PATTERN = 12

_VERTICAL = {
    "upper": "upper",
    "top": "upper",
    "middle": "middle",
    "center": "middle",
    "lower": "lower",
    "bottom": "lower",
}
_HORIZONTAL = {"left": "left", "center": "center", "middle": "center", "right": "right"}


def _places() -> dict[str, Symbol]:
    names = {
        f"{row} {column}": f"{_VERTICAL[row]} {_HORIZONTAL[column]}" for row in _VERTICAL for column in _HORIZONTAL
    }
    names = {words: CENTER if name == "middle center" else name for words, name in names.items()}
    names |= {"center": CENTER, "middle": CENTER, "periphery": OUTSIDE_CENTER}
    names |= {words.replace("center", "centre"): name for words, name in names.items()}
    return {words: Place(name) for words, name in names.items()}


def _orientations() -> dict[str, Symbol]:
    names: dict[str, Orientation] = {
        "horizontally": "horizontal",
        "vertically": "vertical",
        "diagonally": "diagonal",
    }
    diagonals: tuple[tuple[Orientation, str, str], ...] = (
        ("rising", "lower left", "upper right"),
        ("falling", "upper left", "lower right"),
    )
    for name, start, end in diagonals:
        for first, last in ((start, end), (end, start)):
            for phrase in (f"from {first} to {last}", f"from the {first} to the {last}"):
                names |= {phrase: name, f"diagonally {phrase}": name}
    return {phrase: Lying(name) for phrase, name in names.items()}


def _all(symbol: Symbol, phrases: str) -> dict[str, Symbol]:
    return {phrase.strip(): symbol for phrase in phrases.split(",")}


_PHRASES: dict[str, Symbol] = {
    **_places(),
    **_all(Outside(), "outside, away from"),
    **_orientations(),
    **_all(Verb(), "is, are, lie, lies, appear, appears"),
    **_all(Article(), "a, an, the"),
    **_all(And(), "and, but"),
    **{"or": Or(), ",": And(), ":": Colon(), ";": Semicolon(), ".": Period()},
    **_all(Sensor("sar"), "sar, radar, synthetic aperture"),
    **_all(Sensor("optical"), "optical, photo, photograph, rgb, color, colour"),
    **_all(Quiet(), "image, images, imagery, picture, scene, view, frame, satellite, aerial, remote sensing, sensor"),
    **_all(
        Quiet(), "this, that, which, there, here, it, of, in, on, at, within, inside, with, from, by, to, also, them"
    ),
    **_all(
        Quiet(), "show, shows, showing, shown, contain, contains, containing, include, includes, including, has, have"
    ),
    **_all(
        Quiet(), "depict, depicts, depicting, display, displays, feature, features, featuring, reveal, reveals, where"
    ),
    **_all(Quiet(), "can be, seen, visible, present, observed, found, located, positioned, situated, placed, covered"),
    **_all(Quiet(), "lying, oriented, aligned"),
    **_all(
        Quiet(), "acquired, captured, taken, recorded, imaged, total, altogether, part, area, region, corner, portion"
    ),
}


@lru_cache(maxsize=1)
def _all_phrases() -> dict[str, Symbol]:
    """Return every phrase without numbers; LanguageError where two kinds of claims read one in two ways."""
    phrases = dict(_PHRASES)
    for name, kind in claim_kinds().items():
        for phrase, symbol in kind.phrases.items():
            if phrases.setdefault(phrase, symbol) is not symbol:
                raise LanguageError(f"claim kind {name}: {phrase!r} has a meaning already; use other words")
    return phrases


@lru_cache(maxsize=1)
def _phrases_by_first_word() -> dict[str, list[tuple[tuple[str, ...], Symbol]]]:
    phrases = _all_phrases()
    table: dict[str, list[tuple[tuple[str, ...], Symbol]]] = {}
    for phrase in sorted(phrases, key=lambda text: -text.count(" ")):
        words = tuple(phrase.split(" "))
        table.setdefault(words[0], []).append((words, phrases[phrase]))
    return table


@lru_cache(maxsize=1)
def _patterns_by_first_word() -> dict[str, list[Pattern]]:
    table: dict[str, list[Pattern]] = {}
    for kind in claim_kinds().values():
        for pattern in kind.patterns:
            for word in pattern.first_words:
                table.setdefault(word, []).append(pattern)
    return table


@lru_cache(maxsize=1)
def grammar_words() -> frozenset[str]:
    """Return all words of phrases without numbers."""
    return frozenset(word for phrase in _all_phrases() for word in phrase.split(" "))


def is_number(token: str) -> bool:
    """Tell whether the token is a number, in digits or as a word."""
    return token in NUMBER_WORDS or _is_digits(token)


def match_phrase(tokens: list[str], start: int) -> tuple[Symbol, int] | None:
    """Return the longest phrase at ``tokens[start]`` and its length in tokens; None where the word is not known."""
    first = tokens[start]
    for words, symbol in _phrases_by_first_word().get(first, ()):
        if len(words) == 1 or tuple(tokens[start : start + len(words)]) == words:
            return symbol, len(words)
    if first in _patterns_by_first_word():
        return _match_pattern(tokens, start)
    return (Number(int(first)), 1) if _is_digits(first) else None


def _match_pattern(tokens: list[str], start: int) -> tuple[Symbol, int] | None:
    text = " ".join(tokens[start : start + _MOST_TOKENS_OF_A_PATTERN])
    for pattern in _patterns_by_first_word()[tokens[start]]:
        if found := pattern.expression.match(text):
            return pattern.symbol(*map(int, found.groups())), found[0].count(" ") + 1
    return None


def _is_digits(token: str) -> bool:
    return token.isascii() and token.isdigit() and len(token) < 10

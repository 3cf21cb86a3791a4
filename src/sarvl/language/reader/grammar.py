"""The words that a caption is read by, other than names of classes: one table, a line for all words of one use.

How a sentence is read; the writers keep to the same rules. Words that make one kind of claim stand in its file of
``claims/kinds``. What each word does to a clause stands in ``symbols.py``, where it may stand in ``word_order.py``.

1. A number before a class or a place is exact, in digits or words: "1 ship", "five ships", "the 3 bridges".
   "single", "a pair of", "a couple of" and "a dozen" are 1, 2, 2 and 12. The name's form agrees with its number.
2. A singular with "a", "the" or nothing before it says that there is one or more: "a ship", "SAR image of ship".
   A plural with no number says two or more: "ships". A name whose plural is the same says one or more: "aircraft".
   With "the" and a place after the verb it is the only one: "the ship is in the center". "The ships are" is refused.
3. "at least 3", "no fewer than 3", "3 or more", "more than 3" are lower bounds, "at most 3", "up to 3", "no more than
   3", "fewer than 3" upper ones; "many", "numerous", "a lot of" mean more than ten; "several" and "a few" two or more.
4. "no", "without" and "does not show" say that there is none; "or" carries that on to the next class. So do the number
   0, "neither ... nor", and "are absent", "are not visible" or "cannot be seen" of the bare classes before them; after
   "free of" and "lacks", "and" carries it on as well.
5. A place at the head of a clause holds for every class in it; after "are" it holds for all of the subject; anywhere
   else it holds for the class, or the number, just before it.
6. A number with a place and no class counts the class that was named last: "5 ships in total: 3 in the upper left ...".
   "Two of the 3 ships are in the center" is two there and three in all. To name a class twice for the same objects is
   refused: "2 ships and 1 ship".
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
12. "More ships than tanks", "ships outnumber tanks", "as many" and "twice as many ships as tanks" compare two classes
   without a number of their own, and say nothing else.
13. "In" and the like stand before a place or the image, "of" behind the image or a place, "shows", "contains" and
   "includes" behind the image or a place. Two classes need a joint between them: "and", a comma, a relation.
14. "Only 2 ships" is exactly so many and nothing else that the source would have labelled; "the only ship" is one.
   "Another" is one more of a class that was named before.
15. "The number of ships is 3", "ships number 3", "ships total 3" and "the ship count is 3" count one class.
16. What could be taken in two ways is refused, and so is every word that is neither here nor the name of a class.
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
    Both,
    Colon,
    Comma,
    Corner,
    CoveredBy,
    In,
    It,
    Lying,
    Nor,
    Number,
    Of,
    Or,
    Outside,
    Period,
    Photo,
    Picture,
    Place,
    Quiet,
    Semicolon,
    Sensor,
    Shows,
    Symbol,
    Turning,
    Verb,
    Which,
    With,
)
from sarvl.language.words.lexicon import NUMBER_WORDS
from sarvl.language.words.tokens import APOSTROPHES, tokens_of

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
        ("rising", "bottom left", "top right"),
        ("falling", "top left", "bottom right"),
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
    **_orientations(),
    **_all(Article("a"), "a, an"),
    "the": Article("the"),
    # joints and signs
    **_all(And(), "and, but, as well as, along with"),
    **{"or": Or(), "nor": Nor(), ",": Comma(), ":": Colon(), ";": Semicolon(), ".": Period()},
    # the image
    **_all(Picture("picture"), "image, images, imagery, picture, scene, view, frame"),
    **_all(Photo("optical"), "photo, photograph"),
    **_all(Sensor("sar"), "sar, radar, synthetic aperture"),
    **_all(Sensor("optical"), "optical, rgb, color, colour"),
    **_all(Quiet("sensor"), "remote sensing"),
    "sensor": Quiet("instrument"),
    **_all(Quiet("acquired"), "acquired, captured, taken, recorded, imaged"),
    **_all(Quiet("by"), "by, from"),
    **_all(Quiet("this"), "this"),
    "it": It("it"),
    "of": Of("of"),
    **_all(With("with"), "with"),
    **_all(Shows("shows"), "show, shows, showing, contain, contains, containing, include, includes, including"),
    **_all(Shows("shows"), "depict, depicts, depicting, display, displays, displaying, comprise, comprises"),
    **_all(Shows("shows"), "feature, features, featuring, reveal, reveals, revealing, has, have, presents, captures"),
    **{"that": Quiet("that"), "which": Which("which"), "where": Quiet("in_which")},
    # what there is, and that it is there
    **_all(Quiet("there"), "there, here"),
    **_all(Verb(), "is, are, lie, lies, appear, appears"),
    **_all(
        Quiet("state"),
        "can be seen, can be observed, can be found, can be made out, seen, visible, present, observed, found, shown",
    ),
    **_all(Quiet("state"), "exist, exists, depicted, displayed, pictured"),
    **_all(Quiet("shows"), "we can see, you can see, one can see, we see, you see"),
    **_all(Quiet("too"), "too, as well"),
    **_all(Quiet("total"), "in total, altogether, in all"),
    "both": Both(),
    # where
    **_all(In("in"), "in, at, within, inside"),
    # An object is where the centre of its box is, in any words.
    **_all(In("centred"), "centred in, centered in"),
    **_all(Outside(), "outside, away from, centred outside, centered outside"),
    **_all(Quiet("sited"), "located, positioned, situated, placed"),
    **_all(Corner("corner"), "corner, part, area, region, portion"),
    **_all(Quiet("lie"), "lying, oriented, aligned"),
    "of them": Quiet("of_them"),
    "covered by": CoveredBy(),
    # what is not understood, and may turn the rest of its clause
    **_all(Turning(), "not, never, isn't, aren't, doesn't, don't, wasn't, weren't, cannot, can't, neither of"),
    **_all(Turning(), "none, nothing, nobody, nowhere, hardly, barely, minus, false, half, third, between, most"),
    **_all(Turning(), "almost, nearly, perhaps, maybe, possibly, probably, may, might, if, unless, former, latter"),
    **_all(Turning(), "except, besides, instead, unlike, all, every, each, per"),
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
def _phrases_by_words() -> tuple[dict[str, Symbol], dict[str, dict[str, list[tuple[tuple[str, ...], Symbol]]]]]:
    """Return the symbols of single words, and those of longer phrases by their first and second word, longest first."""
    single: dict[str, Symbol] = {}
    longer: dict[str, dict[str, list[tuple[tuple[str, ...], Symbol]]]] = {}
    for phrase, symbol in _all_phrases().items():
        for mark in APOSTROPHES if "'" in phrase else ("'",):
            words = tuple(tokens_of(phrase.replace("'", mark)))
            if len(words) == 1:
                single[words[0]] = symbol
            else:
                longer.setdefault(words[0], {}).setdefault(words[1], []).append((words, symbol))
    for phrases in (own for by_second in longer.values() for own in by_second.values()):
        phrases.sort(key=lambda phrase: -len(phrase[0]))
    return single, longer


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
    """Return all words of phrases without numbers; the "t" of "isn't" is none."""
    return frozenset(word for phrase in _all_phrases() if "'" not in phrase for word in tokens_of(phrase))


def is_number(token: str) -> bool:
    """Tell whether the token is a number, in digits or as a word."""
    return token in NUMBER_WORDS or _is_digits(token)


def is_small_number(token: str) -> bool:
    """Tell whether the token is a number in one to three digits."""
    return len(token) < 4 and _is_digits(token)


def phrases_of(token: str) -> list[tuple[tuple[str, ...], Symbol]]:
    """Return all phrases that begin with the word, the longest first; none where phrases with numbers do as well."""
    single, longer = _phrases_by_words()
    if token in _patterns_by_first_word():
        return []
    beginning = [phrase for phrases in longer.get(token, {}).values() for phrase in phrases]
    return beginning + ([((token,), single[token])] if token in single else [])


def match_phrase(tokens: list[str], start: int) -> tuple[Symbol, int] | None:
    """Return the longest phrase at ``tokens[start]`` and its length in tokens; None where the word is not known."""
    first = tokens[start]
    single, longer = _phrases_by_words()
    if first in longer and start + 1 < len(tokens):
        for words, symbol in longer[first].get(tokens[start + 1], ()):
            if len(words) == 2 or tuple(tokens[start : start + len(words)]) == words:
                return symbol, len(words)
    if first in single:
        return single[first], 1
    if first in _patterns_by_first_word():
        return _match_pattern(tokens, start)
    return (Number(int(first)), 1) if _is_digits(first) else None


def _match_pattern(tokens: list[str], start: int) -> tuple[Symbol, int] | None:
    text = " ".join(tokens[start : start + _MOST_TOKENS_OF_A_PATTERN])
    for pattern in _patterns_by_first_word()[tokens[start]]:
        if matched := pattern.expression.match(text):
            return pattern.symbol(*map(int, matched.groups())), matched[0].count(" ") + 1
    return None


def _is_digits(token: str) -> bool:
    """Tell whether the token is a number as people write it: "07" is none."""
    return token.isascii() and token.isdigit() and len(token) < 10 and (not token.startswith("0") or len(token) == 1)

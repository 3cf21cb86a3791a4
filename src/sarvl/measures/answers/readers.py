"""What an answer says, by its type: yes or no, a position, an option. None where it does not say one thing.

Strict throughout: an answer that says two things, hedges or turns what it says is no answer. A word is read whole:
"no" is not in "north", and "1" is not in "10".
"""

import re
from collections.abc import Sequence
from string import ascii_uppercase

from sarvl.language.words.lexicon import singular_of
from sarvl.measures.answers.numbers import read_quantity
from sarvl.measures.answers.plain_answer import NEGATIONS, QUIET, plain_answer, words_of

_YES_NO = {"yes": "yes", "yeah": "yes", "yep": "yes", "no": "no", "nope": "no"}
_SURE = frozenset(("doubt", "question", "problem", "matter"))
_JOINTS = frozenset(("and", "/", "&", "|", "\\"))
_PLACES = {"upper": "top", "lower": "bottom", "middle": "center", "central": "center", "centrally": "center"}
_PLACES |= {place: place for place in ("left", "right", "top", "bottom", "center")}
_LETTER = re.compile(
    r"[(\[]?(?:option |choice )?[(\[]?([A-Za-z])(?:[])]*[\].):,;!](.*)|\s*)", re.DOTALL | re.IGNORECASE
)
_JOINT = re.compile(r"(?:\s*(?:[,/\\&|;]|\b(?:or|and|nor)\b))+\s*", re.IGNORECASE)
# A letter in brackets, or a capital by itself: "A" and "I" before a word are none.
_LETTERS = re.compile(r"[(\[]([A-Za-z])[)\]]|(?<![\w'’-])([B-HJ-Z]|[AI](?!\s+\w))(?![\w'’-])")


def read_yes_no(text: str) -> str | None:
    """Return ``yes`` or ``no``, which must open the answer; None for anything else, and for "yes or no".

    The other one may not follow, as in "yes (no)", or end the answer; "yes, no doubt" is a yes.
    """
    words = [_YES_NO.get(word, word) for word in words_of(text) if word[0].isalnum()]
    if not words or words[0] not in ("yes", "no"):
        return None
    other = "no" if words[0] == "yes" else "yes"
    behind = [word for word in words[1:] if word not in ("or", "and")]
    follows = behind[:1] == [other] and not (other == "no" and behind[1:2] and behind[1] in _SURE)
    return None if follows or behind[-1:] == [other] else words[0]


def read_position(text: str) -> frozenset[str] | None:
    """Return the places that an answer names, such as {top, left}; None where it names none, or turns one."""
    words = words_of(text)
    places = frozenset(_PLACES[word] for word in words if word in _PLACES)
    return None if not places or NEGATIONS & set(words) else places


def read_option(text: str, options: Sequence[str]) -> int | None:
    """Return which of the options an answer chooses, by its letter, by its text, or by both where they agree.

    A letter stands alone or before one of ``. ) ] : , ; !``: the "A" of "A ship" is none. None where another option is
    named as well, by its letter or its words.
    """
    plain = plain_answer(text)
    exact = _only(words_of(plain), [words_of(option) for option in options])
    letter, rest = _letter(plain, len(options))
    if letter is None or (rest and exact is not None):
        return _option_of_text(plain, options) if exact is None else exact
    if not rest or text_words(rest) == text_words(options[letter]):
        return letter
    by_text = _option_of_text(rest, options)
    if by_text is None:
        by_text = next(iter(_named(rest, options) - {letter}), None)
    return letter if {by_text, *_other_letters(rest, len(options))} <= {letter, None} else None


def _letter(text: str, options: int) -> tuple[int | None, str]:
    """Return the place of the letter that opens an answer, and what stands behind it; None where none of them does."""
    match = _LETTER.fullmatch(text)
    place = ascii_uppercase.find(match[1].upper()) if match else -1
    return (place, (match[2] or "").strip()) if match and 0 <= place < options else (None, text)


def _other_letters(rest: str, options: int) -> set[int | None]:
    """Return the places of the letters of options behind the one that opened an answer."""
    opening, _ = _letter(_JOINT.sub("", rest, count=1) if _JOINT.match(rest) else rest, options)
    places = {ascii_uppercase.find((one or other).upper()) for one, other in _LETTERS.findall(rest)}
    return {opening} | {place for place in places if 0 <= place < options}


def _option_of_text(text: str, options: Sequence[str]) -> int | None:
    """Return the one option that is said: of numbers, places, and yes and no as they are read, else by its words."""
    quantities = [read_quantity(option) for option in options]
    if None not in quantities and len(set(quantities)) == len(options):
        number = read_quantity(text)
        chosen = [
            place for place, option in enumerate(quantities) if number and option and number.like(option) == option
        ]
        return chosen[0] if len(chosen) == 1 else None
    if all(word in _PLACES for option in options for word in text_words(option)):
        return _only(read_position(text), [read_position(option) for option in options])
    are_yes_no = sorted(_YES_NO.get(option.strip().lower(), "") for option in options) == ["no", "yes"]
    if are_yes_no and (said := read_yes_no(text)):
        return _only(said, [read_yes_no(option) for option in options])
    return _option_of_words(text, options)


def _only(said: object | None, options: Sequence[object | None]) -> int | None:
    return options.index(said) if said is not None and options.count(said) == 1 else None


def _option_of_words(text: str, options: Sequence[str]) -> int | None:
    """Return the one option whose words are what is said, or end it where no other one is named."""
    said, words = text_words(text), [text_words(option) for option in options]
    if said in words:
        return _only(said, words)
    named = _named(text, options)
    if len(named) != 1:
        return None
    (chosen,) = named
    before = said[: -len(words[chosen])]
    ends, turns = before + words[chosen] == said, (NEGATIONS | {"or"}) & set(before)
    return chosen if ends and not turns and not _is_joined(text, options[chosen]) else None


def _is_joined(text: str, end: str) -> bool:
    """Return whether a joint stands before the end of a text: something else is named there as well."""
    said, ending = ([word for word in words_of(each) if word in _JOINTS or word not in QUIET] for each in (text, end))
    return not _JOINTS.isdisjoint(said[: -len(ending)][-1:])


def _named(text: str, options: Sequence[str]) -> set[int]:
    """Return the options whose words stand in a text, singular or plural, the longest at each place."""
    said, named, place = _singulars(text), set[int](), 0
    words = [_singulars(option) for option in options]
    while place < len(said):
        here = [own for own in words if own and said[place : place + len(own)] == own]
        longest = max(here, key=len, default=said[place : place + 1])
        named |= {option for option, own in enumerate(words) if own == longest}
        place += len(longest)
    return named


def _singulars(text: str) -> list[str]:
    return [singular_of(word) for word in text_words(text)]


def text_words(text: str) -> list[str]:
    """Return the words of a text that say something, as they are compared."""
    words = words_of(text)
    said = [word for word in words if word not in QUIET]
    return said or words

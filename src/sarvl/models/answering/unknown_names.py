"""Names in a question that nobody taught: which they are, and what a model was taught instead."""

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from sarvl.errors import LanguageError
from sarvl.language.questions.question_reader import BOX_FORM, phrase_at
from sarvl.language.reader.grammar import match_phrase
from sarvl.language.words.kinds import Form, form_of, kinds_with
from sarvl.language.words.lexicon import ELLIPSES, NUMBER_WORDS, is_uncounted, singular_of
from sarvl.language.words.tokens import token_spans, tokens_of
from sarvl.language.words.vocabulary import Vocabulary
from sarvl.models.answering.designations import is_model_of

_MOST_TOLD = 5  # classes, in a line
_CONTRACTED = frozenset(("isn", "aren", "doesn", "don", "can"))  # what tokens have before an apostrophe
# What is never a class's name, nor a part of one that is not listed: words that turn a question, say how many, how
# large or how an object moves, stand for objects of any class, or measure an image.
_NO_CLASS_WORDS = """
    no not never none without neither nor cannot
    several many much few numerous multiple various different single sole just exactly precisely merely least
    about around roughly approximately another else enough plenty lots pair pairs couple dozen dozens hundred
    hundreds thousand thousands number amount majority first second last same
    big bigger biggest huge tiny little larger largest smaller smallest longer longest
    moving stationary still moored berthed anchored docked parked
    object objects target targets thing things item items entity entities element elements instance instances
    something anything everything someone anyone everyone somebody anybody everybody stuff
    classes types kind kinds sort sorts label labels
    pixel pixels meter meters metre metres percent size sizes width length height distance quarter
"""
_NO_CLASS = frozenset(_NO_CLASS_WORDS.split())
_PLURAL_OF_MODEL = re.compile(r"(?<=\d)s$")


class _Word(NamedTuple):
    """A word of a run. is_known: whether it belongs to a name of the vocabulary."""

    typed: str
    is_known: bool


def unknown_names(text: str, vocabulary: Vocabulary) -> list[str]:
    """Return the runs of words of a question's first line that mean nothing here, as names of classes.

    Names of ``vocabulary`` beside such words belong to the run, where both are a name: "railway station".
    """
    line = BOX_FORM.sub("", text.split("\n", maxsplit=1)[0])
    tokens, spans, start = tokens_of(line), token_spans(line), 0
    runs: list[list[_Word]] = [[]]
    while start < len(tokens):
        matched = vocabulary.match(tokens, start)
        length = matched[1] if matched else _words_of_questions(tokens, start, _is_unknown(runs[-1]))
        end = start + (length or 1)
        if matched or not length:
            runs[-1].extend(_Word(line[first:last], matched is not None) for first, last in spans[start:end])
        if length and not (matched and _is_singular(tokens[start:end])):
            runs.append([])
        start = end
    return list(dict.fromkeys(_as_name(run) for run in runs if _is_name(run)))


def _is_unknown(run: Sequence[_Word]) -> bool:
    """Tell whether a run ends in a word that means nothing here."""
    return bool(run) and not run[-1].is_known


def _is_singular(words: list[str]) -> bool:
    """Tell whether a name may go on behind words: "railway station", but not "ships sail"."""
    name = " ".join(words)
    return singular_of(name) == name


def _words_of_questions(tokens: list[str], start: int, behind_unknown: bool) -> int:
    """Return how many words from ``start`` on are no name, or a sign; 0 where they may be one."""
    if tokens[start] in _CONTRACTED and (matched := match_phrase(tokens, start)):
        return matched[1]
    if tokens[start] in _NO_CLASS or _is_count(tokens, start, behind_unknown):
        return 1
    try:
        return phrase_at(tokens, start)[1]
    except LanguageError:
        return 0 if tokens[start][0].isalnum() else 1


def _is_count(tokens: list[str], start: int, behind_unknown: bool) -> bool:
    """Tell whether a word says how many: "3 ships", unlike "a Boeing 737" and "a 737"."""
    is_number = tokens[start][0].isdigit() and not any(map(str.isalpha, tokens[start]))
    is_model = behind_unknown or (start > 0 and tokens[start - 1] in ("a", "an"))
    return tokens[start] in NUMBER_WORDS or (is_number and not is_model)


def _is_name(run: Sequence[_Word]) -> bool:
    """Tell whether a run is a name that is not known.

    With a known one in it the whole must be a listed name, as a container ship is, or end in one, as a harbor crane
    does: a "red ship" and a "ship sailing" are ships, of which more is said than rules read.
    """
    if all(word.is_known for word in run):
        return False
    form, listed = form_of(" ".join(word.typed.lower() for word in run)), kinds_with(()).meanings
    ends_in_name = not run[-1].is_known and form[-1:] in listed and form[-1] not in ELLIPSES
    return not any(word.is_known for word in run) or form in listed or ends_in_name


def _as_name(run: Sequence[_Word]) -> str:
    """Return a run as a class is called: in small letters, but for models, which have digits: "Boeing 737"."""
    name = " ".join(word.typed for word in run)
    name = name[0].upper() + name[1:] if any(map(str.isdigit, name)) else name.lower()
    name = _PLURAL_OF_MODEL.sub("", name)
    return name if is_uncounted(name) else singular_of(name)


def is_other_word(name: str, known: str) -> bool:
    """Tell whether a name is another word for a known class: "vessel", which tells no class beside a tanker."""
    return name in (form.singular for form in Vocabulary((known,)).names[known])


def not_taught(names: Sequence[str], taught: Iterable[str]) -> str:
    """Return in a line that a question asks of names, and what the model was taught instead.

    Of a name it is told which classes are a kind of it, as an A220 aircraft is an aircraft, or what it is a kind of, as
    a boat is a ship; where there is none, the classes with the most similar names.
    """
    classes = sorted(taught, key=str.casefold)
    akin = {name: _akin(name, classes) for name in names}
    told = [f"it asks of {name}, which the model was taught only as {_told(own)}" for name, own in akin.items() if own]
    if others := [name for name, own in akin.items() if not own]:
        near = sorted(classes, key=lambda each: (-_likeness(each, others[0]), each.casefold()))
        told.append(f"it asks of {' and '.join(others)}, and the model was taught {_told(near)} alone")
    return "; ".join(told)


def _told(names: Sequence[str]) -> str:
    more = len(names) - _MOST_TOLD
    return (", ".join(names[:_MOST_TOLD]) or "no class") + (f" and {more} more" if more > 0 else "")


def _akin(name: str, classes: Sequence[str]) -> list[str]:
    """Return the classes that are kinds of the name, or it of them: first those that end in the same words.

    A class that may mean several kinds, as a tanker a ship and a truck, is none by its kind.
    """
    kinds, form = kinds_with(()), form_of(name)
    by_words = [each for each in classes if _ends_alike(form, form_of(each)) or is_model_of(name, each)]
    meant = kinds.meanings.get(form, set())
    by_kind = []
    for each in classes:
        own, *others = kinds.meant_by(each) or [None]
        if own and not others and any(first in kinds.above(own) or own in kinds.above(first) for first in meant):
            by_kind.append(each)
    return list(dict.fromkeys(by_words + by_kind))


def _ends_alike(one: Form, other: Form) -> bool:
    return one == other[-len(one) :] or other == one[-len(other) :]


def _likeness(first: str, second: str) -> float:
    return SequenceMatcher(None, first.casefold(), second.casefold()).ratio()

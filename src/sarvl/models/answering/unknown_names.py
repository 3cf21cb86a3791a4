"""Names in a question that nobody taught: which they are, and what a model was taught instead."""

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from sarvl.errors import LanguageError
from sarvl.language.questions.question_reader import BOX_FORM, phrase_at
from sarvl.language.reader.grammar import match_phrase
from sarvl.language.words.kinds import Form, form_of, kinds_with
from sarvl.language.words.lexicon import is_uncounted, singular_of
from sarvl.language.words.tokens import tokens_of
from sarvl.language.words.vocabulary import Vocabulary

_MOST_TOLD = 5  # classes, in a line
# Words that turn a question, nouns for objects of any class, and a place that is none of ours: none is a class's name.
_NEGATIONS = frozenset(("no", "not", "never", "none", "without", "neither", "nor", "cannot"))
_CONTRACTED = frozenset(("isn", "aren", "doesn", "don", "can"))  # what tokens have before an apostrophe
_NO_CLASS = _NEGATIONS | {"object", "objects", "target", "targets", "thing", "things", "item", "items", "quarter"}


def unknown_names(text: str, vocabulary: Vocabulary, with_known: bool) -> list[str]:
    """Return the runs of words of a question's first line that mean nothing here, as names of classes.

    with_known: whether names of ``vocabulary`` beside such words belong to the run.
    """
    runs: list[list[str]] = [[]]
    unknown: set[str] = set()
    tokens, start = tokens_of(BOX_FORM.sub("", text.split("\n", maxsplit=1)[0])), 0
    while start < len(tokens):
        matched = vocabulary.match(tokens, start)
        length = matched[1] if matched else _words_of_questions(tokens, start)
        words = tokens[start : start + (length or 1)]
        if length == 0:
            unknown.add(tokens[start])
        if length == 0 or (matched and with_known):
            runs[-1].extend(words)
        if length and not (matched and with_known and _is_singular(words)):
            runs.append([])
        start += len(words)
    names = dict.fromkeys(" ".join(run) for run in runs if unknown.intersection(run))
    return list(dict.fromkeys(name if is_uncounted(name) else singular_of(name) for name in names))


def _is_singular(words: list[str]) -> bool:
    """Tell whether a name may go on behind words: "railway station", but not "ships sail"."""
    name = " ".join(words)
    return singular_of(name) == name


def _words_of_questions(tokens: list[str], start: int) -> int:
    """Return how many words from ``start`` on are no name, or a sign; 0 where they may be one."""
    if tokens[start] in _CONTRACTED and (matched := match_phrase(tokens, start)):
        return matched[1]
    if tokens[start] in _NO_CLASS:
        return 1
    try:
        return phrase_at(tokens, start)[1]
    except LanguageError:
        return 0 if tokens[start][0].isalnum() else 1


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
    by_words = [each for each in classes if _ends_alike(form, form_of(each))]
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

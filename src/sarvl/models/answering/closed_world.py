"""What a model was taught, and whether a question asks of something else: then nothing that it says is an answer."""

import re
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from sarvl.errors import LanguageError
from sarvl.language.questions.question_kind import QuestionKind, kinds_in_order
from sarvl.language.questions.question_reader import QuestionReading, phrase_at, read_question
from sarvl.language.words.lexicon import singular_of
from sarvl.language.words.tokens import tokens_of
from sarvl.language.words.vocabulary import Vocabulary
from sarvl.models.answering.answer_space import (
    POSITION,
    YES_NO,
    AnswerSpace,
    Boxes,
    ClassSet,
    Count,
    FreeText,
    OneAnswer,
    Option,
)
from sarvl.models.history import StageEntry

MOST_BOXES = 20
"""In one answer."""
_MOST_TOLD = 5  # classes, in a line
_BOX_FORM = re.compile(r"\[[^\]]*\]")  # a box, or the form of one: its letters are no names


class Taught(NamedTuple):
    """What a model was trained on; None of what nobody recorded.

    classes: those that its corpora label or show. kinds: the kinds of questions that it learned to answer.
    """

    classes: frozenset[str] | None
    kinds: frozenset[str] | None


def taught_by(history: Sequence[StageEntry]) -> Taught:
    """Return what the stages of a model taught it; a stage that does not say it leaves all unknown."""
    classes = [entry.classes for entry in history]
    kinds = [entry.question_kinds for entry in history]
    return Taught(_union(classes), _union(kinds))


def _union(parts: Sequence[tuple[str, ...] | None]) -> frozenset[str] | None:
    known = [frozenset(part) for part in parts if part is not None]
    return frozenset().union(*known) if known and len(known) == len(parts) else None


class CheckedQuestion(NamedTuple):
    """A question as it was read, and what speaks against asking it.

    reading: what it asks; None where no rule reads it. space: what may be an answer. unanswerable: why nothing can be
    an answer of this model; None where nothing speaks against it. remarks: what could not be checked.
    """

    reading: QuestionReading | None
    vocabulary: Vocabulary
    space: AnswerSpace
    unanswerable: str | None = None
    remarks: tuple[str, ...] = ()

    @property
    def kind(self) -> QuestionKind | None:
        """The kind of the question; None where no rule reads it."""
        return kinds_in_order()[self.reading.query.kind] if self.reading else None


def check_question(text: str, taught: Taught, classes: Sequence[str] = ()) -> CheckedQuestion:
    """Return what a question asks, and whether a model that was taught so can answer it.

    classes: further names that the question may use. A word that is no class of these, and no word of questions, is
    read as the name of a class that the model was not taught.
    """
    known = told_apart(tuple(sorted({*classes, *(taught.classes or ())})))
    try:
        others, vocabulary, reading = _read(text, known)
    except LanguageError as problem:
        told = f"what it asks is not checked: it is read by rules of English questions alone, and here {problem}"
        return CheckedQuestion(None, Vocabulary(known), FreeText(), remarks=(told,))
    asked_of = dict.fromkeys(reading.query.classes)
    foreign = [name for name in asked_of if name in others and not _is_other_word(name, known)]
    space = space_of(kinds_in_order()[reading.query.kind], reading.options, _words(known, vocabulary))
    return CheckedQuestion(reading, vocabulary, space, _unanswerable(foreign, taught), _remarks(reading, taught))


def _read(text: str, known: tuple[str, ...]) -> tuple[list[str], Vocabulary, QuestionReading]:
    """Read a question; return the names that nobody taught, too. A name may have a known one in it: railway station.

    Raises LanguageError where no rule reads it.
    """
    apart, whole = (_unknown_names(text, Vocabulary(known), with_known) for with_known in (False, True))
    try:
        vocabulary = Vocabulary((*known, *apart))
        return apart, vocabulary, read_question(text, vocabulary)
    except LanguageError:
        if whole == apart:
            raise
        vocabulary = Vocabulary((*known, *whole))
        return whole, vocabulary, read_question(text, vocabulary)


@lru_cache(maxsize=8)
def told_apart(classes: tuple[str, ...]) -> tuple[str, ...]:
    """Return one of those classes that are called alike: a corpus says ship, another one ships."""
    kept: tuple[str, ...] = ()
    for name in classes:
        with suppress(LanguageError):
            Vocabulary((*kept, name))
            kept = (*kept, name)
    return kept


def _unknown_names(text: str, vocabulary: Vocabulary, with_known: bool) -> list[str]:
    """Return the runs of words of a question's first line that mean nothing here, as names of classes.

    with_known: whether names of ``vocabulary`` beside such words belong to the run.
    """
    runs: list[list[str]] = [[]]
    unknown: set[str] = set()
    tokens, start = tokens_of(_BOX_FORM.sub("", text.split("\n", maxsplit=1)[0])), 0
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
    return list(dict.fromkeys(singular_of(" ".join(run)) for run in runs if unknown.intersection(run)))


def _is_singular(words: list[str]) -> bool:
    """Tell whether a name may go on behind words: "railway station", but not "ships sail"."""
    name = " ".join(words)
    return singular_of(name) == name


def _is_other_word(name: str, known: Sequence[str]) -> bool:
    """Tell whether a name is another word for a known class: "vessel", which tells no class beside a tanker."""
    return any(name in (form.singular for form in Vocabulary((each,)).names[each]) for each in known)


def _words_of_questions(tokens: list[str], start: int) -> int:
    """Return how many words from ``start`` on are words of questions, or a sign; 0 where they mean nothing."""
    try:
        return phrase_at(tokens, start)[1]
    except LanguageError:
        return 0 if tokens[start][0].isalnum() else 1


def _unanswerable(foreign: Sequence[str], taught: Taught) -> str | None:
    if not foreign or taught.classes is None:
        return None
    classes = sorted(taught.classes)
    told = ", ".join(classes[:_MOST_TOLD]) or "no class"
    if more := len(classes[_MOST_TOLD:]):
        told += f" and {more} more"
    return f"it asks of {' and '.join(foreign)}, and the model was taught {told} alone"


def _remarks(reading: QuestionReading, taught: Taught) -> tuple[str, ...]:
    remarks = []
    if taught.classes is None:
        remarks.append("nobody recorded what the model was taught, so that it may never have learned of this")
    if taught.kinds is not None and reading.query.kind not in taught.kinds:
        remarks.append(f"the model was trained on no question of this kind ({reading.query.kind})")
    return tuple(remarks)


def _words(classes: Sequence[str], vocabulary: Vocabulary) -> tuple[str, ...]:
    return tuple(vocabulary.names[name][0].singular for name in classes)


def space_of(kind: QuestionKind, options: Sequence[str], classes: Sequence[str]) -> AnswerSpace:
    """Return what may be an answer to a question of a kind, with options where it gives any.

    classes: what a set of classes may hold; where there is none, such an answer is a free text.
    """
    if options:
        return Option(tuple(options))
    if kind.answers:
        return OneAnswer(kind.answers)
    return space_of_type(kind.answer_type, classes)


def space_of_type(answer_type: str, classes: Sequence[str]) -> AnswerSpace:
    """Return what may be an answer of a type, as ``space_of`` does."""
    spaces: dict[str, AnswerSpace] = {
        "yes/no": YES_NO,
        "number": Count(),
        "position": POSITION,
        "box": Boxes(MOST_BOXES),
        "class set": ClassSet(tuple(classes)) if classes else FreeText(),
    }
    return spaces.get(answer_type, FreeText())


def boxes_question(checked: CheckedQuestion) -> str | None:
    """Return the question for the boxes that an answer about one class rests on; None where none has such a name."""
    if not checked.reading or len(checked.reading.query.classes) != 1:
        return None
    (class_name,) = checked.reading.query.classes
    names = checked.vocabulary.names[class_name][0].plural
    where = f" in the {position}" if (position := checked.reading.query.position) else ""
    return f"Give the boxes [x, y, width, height] of all {names}{where or ' in the image'}, the topmost first."

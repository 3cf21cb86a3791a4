"""What a model was taught, and whether a question asks of something else: then nothing that it says is an answer."""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from sarvl.errors import LanguageError
from sarvl.language.geometry.layout import CELLS_OF, Extent, grid_cell
from sarvl.language.questions.ground_classes import may_be_ground
from sarvl.language.questions.query import region_text
from sarvl.language.questions.question_kind import QuestionKind, kinds_in_order
from sarvl.language.questions.question_reader import QuestionReading, options_of, read_question, regions_in
from sarvl.language.words.lexicon import is_uncounted, plural_of
from sarvl.language.words.tokens import tokens_of
from sarvl.language.words.vocabulary import ClassName, Vocabulary
from sarvl.models.answering.answer_space import (
    POSITION,
    YES_NO,
    AnswerSpace,
    Boxes,
    Count,
    FreeText,
    OneAnswer,
    Option,
)
from sarvl.models.answering.asked_words import in_own_spelling, in_usual_letters, without_capitals
from sarvl.models.answering.box_words import Box
from sarvl.models.answering.class_words import class_answers
from sarvl.models.answering.designations import designated
from sarvl.models.answering.unknown_names import is_other_word, not_taught, unknown_names
from sarvl.models.history import StageEntry

MOST_BOXES = 20
"""In one answer."""
_OF_USER = "{name} is a class that you named, and the model was not taught it: the answer may mean nothing"
_OF_OTHERS = "the model was trained on questions of this kind ({kind}) about other classes alone, on none about {name}"
_ASKS_NUMBER = re.compile(r"how many\b", re.IGNORECASE)
_BEGINS_AS_YES_OR_NO = re.compile(r"(?:is|are|does|do|can)(?:n['’]t)?\b", re.IGNORECASE)
# "Is it a ship or a tank?", which may ask for one of them; not "is it calm or not?" nor "are there one or more ships?".
_EITHER = re.compile(r"\bor\b(?! (?:not|more)\b(?! than))", re.IGNORECASE)
_GIVE_CHOICES = "; where it asks for one of several, give them as choices, such as A. large B. small"
# "Is the sea calm?", unlike "is there a lighthouse", "is the lighthouse in the image" and "is this a lighthouse".
_ASKS_HOW_IT_IS = re.compile(
    r"(?:is|are) (?:the|this|that|these|those|its|their) (?!(?:an?|the) )"
    r"(?!.*\b(?:in|on|at|within|there|visible|present|seen|shown)\b)",
    re.IGNORECASE,
)


class Taught(NamedTuple):
    """What a model was trained on; None of what nobody recorded.

    classes: those that its corpora label or show. kinds: the kinds of questions that it learned to answer. kinds_of:
    the same by the class that they were about; under "" those of which nobody recorded it.
    """

    classes: frozenset[str] | None
    kinds: frozenset[str] | None
    kinds_of: Mapping[str, frozenset[str]] | None = None


def taught_by(history: Sequence[StageEntry]) -> Taught:
    """Return what the stages of a model taught it; a stage that does not say it leaves all unknown."""
    classes = [entry.classes for entry in history]
    kinds = [entry.question_kinds for entry in history]
    return Taught(_union(classes), _union(kinds), _union_by_class(list(map(_kinds_of_classes, history))))


def _union(parts: Sequence[tuple[str, ...] | None]) -> frozenset[str] | None:
    known = [frozenset(part) for part in parts if part is not None]
    return frozenset().union(*known) if known and len(known) == len(parts) else None


def _kinds_of_classes(entry: StageEntry) -> dict[str, tuple[str, ...]] | None:
    """Return what a stage says of them; an earlier version that says of no question says it of none of any class."""
    return {} if entry.question_kinds == () else entry.kinds_of_classes


def _union_by_class(parts: Sequence[dict[str, tuple[str, ...]] | None]) -> dict[str, frozenset[str]] | None:
    known = [part for part in parts if part is not None]
    if not known or len(known) < len(parts):
        return None
    return {name: frozenset(chain(*(part.get(name, ()) for part in known))) for name in set(chain(*known))}


class CheckedQuestion(NamedTuple):
    """A question as it was read, and what speaks against asking it.

    text: as it is to be asked. reading: what it asks; None where no rule reads it. space: what may be an answer.
    classes: what it asks of, by the names that the model was taught. unanswerable: why nothing can be an answer of this
    model; None where nothing speaks against it. remarks: what could not be checked.
    """

    text: str
    reading: QuestionReading | None
    vocabulary: Vocabulary
    space: AnswerSpace
    classes: tuple[str, ...] = ()
    unanswerable: str | None = None
    remarks: tuple[str, ...] = ()

    @property
    def kind(self) -> QuestionKind | None:
        """The kind of the question; None where no rule reads it."""
        return kinds_in_order()[self.reading.query.kind] if self.reading else None


def check_question(text: str, taught: Taught, classes: Sequence[str] = ()) -> CheckedQuestion:
    """Return what a question asks, and whether a model that was taught so can answer it.

    classes: further names that the question may use. A word that is no class of these, and no word of questions, is
    read as the name of a class that the model was not taught. What no rule reads has the type that it begins with.
    """
    is_open, learnt = taught.classes is None, taught.classes or frozenset()
    further = sorted(name for name in {*classes} - learnt if _own_name(name, sorted(learnt)) is None)
    known = told_apart((*sorted(learnt), *further))
    text = _in_full(in_own_spelling(text, known), known)
    try:
        vocabulary, reading = _read(text, known)
    except LanguageError as problem:
        told = f"what it asks is not checked: it is read by rules of English questions alone, and here {problem}"
        space = _space_of_unread(text)
        if space == FreeText() and _EITHER.search(text):
            told += _GIVE_CHOICES
        return CheckedQuestion(without_capitals(text), None, _named(known), space, remarks=(told,))
    kind = kinds_in_order()[reading.query.kind]
    asked_of = (*reading.query.classes, *([] if is_open else _untaught_ground(kind, known)))
    own = {name: _own_name(name, known) for name in asked_of}
    unknown = [name for name, known_as in own.items() if known_as is None]
    return CheckedQuestion(
        text=in_usual_letters(text, vocabulary, known),
        reading=reading,
        vocabulary=vocabulary,
        space=space_of(kind, kind.answer_type, reading.options, {*learnt, *known}),
        classes=tuple(known_as or name for name, known_as in own.items()),
        unanswerable=None if is_open or not unknown else not_taught(unknown, learnt.intersection(known)),
        remarks=_remarks(reading, taught, [name for name in own.values() if name]),
    )


def _untaught_ground(kind: QuestionKind, known: Sequence[str]) -> list[str]:
    """Return what a question of land cover asks of, where no known class can be an answer to it."""
    return ["land cover"] if kind.asks_of_ground and not any(map(may_be_ground, known)) else []


def _own_name(name: str, known: Sequence[str]) -> str | None:
    """Return the known class that a name of a question means; None where it means none."""
    if name in known:
        return name
    return next((each for each in known if is_other_word(name, each)), None) or designated(name, known)


def _in_full(text: str, known: tuple[str, ...]) -> str:
    """Return a question with the models in it as the model was taught them: "T72 tank" for "T72"."""
    question, *choices = text.split("\n")
    vocabulary = _named(known)
    for name in unknown_names(question, vocabulary):
        if own := designated(name, known):
            question = _in_place_of(name, vocabulary.names[own][0], question)
    return "\n".join((question, *choices))


def _in_place_of(name: str, spelled: ClassName, text: str) -> str:
    """Return a text with the name of a class in place of another one, however the words of that are parted."""
    plural, singular = (r"[\W_]*".join(map(re.escape, tokens_of(typed))) for typed in (plural_of(name), name))
    written = re.compile(rf"(?<![\w-])(?:({plural})|{singular})(?![\w-])", re.IGNORECASE)
    return written.sub(lambda match: spelled.plural if match[1] else spelled.singular, text)


def _space_of_unread(text: str) -> AnswerSpace:
    """Return what may be an answer to a question that no rule reads: a choice, or what its first words tell."""
    question, *lines = text.split("\n")
    with suppress(LanguageError):
        if options := options_of(lines):
            return Option(options)
    if _ASKS_NUMBER.match(question):
        return Count()
    return YES_NO if _BEGINS_AS_YES_OR_NO.match(question) and not _EITHER.search(question) else FreeText()


def _read(text: str, known: tuple[str, ...]) -> tuple[Vocabulary, QuestionReading]:
    """Read a question, names that nobody taught included; LanguageError where no rule reads it."""
    unknown = unknown_names(text, _named(known))
    try:
        vocabulary = _named((*known, *unknown))
    except LanguageError:  # such a name reads like another one: then its words are told to be unknown
        vocabulary = _named(known)
    reading = read_question(text, vocabulary)
    if unknown and reading.query.kind == "exists" and _ASKS_HOW_IT_IS.match(text):
        raise LanguageError(f"cannot read {text!r}: its words do not ask whether something is there")
    return vocabulary, reading


def _named(names: tuple[str, ...]) -> Vocabulary:
    """Return the names as a person uses them: "open water" and not "open water area", as one object of it is called."""
    return Vocabulary(names, grounds=tuple(filter(is_uncounted, names)))


@lru_cache(maxsize=8)
def told_apart(classes: tuple[str, ...]) -> tuple[str, ...]:
    """Return one of those classes that are called alike: a corpus says ship, another one ships."""
    kept: tuple[str, ...] = ()
    for name in classes:
        with suppress(LanguageError):
            Vocabulary((*kept, name))
            kept = (*kept, name)
    return kept


def _remarks(reading: QuestionReading, taught: Taught, classes: Sequence[str]) -> tuple[str, ...]:
    """classes: what the question asks of, as far as the model was taught it or the user names it."""
    remarks = []
    if taught.classes is None:
        remarks.append("nobody recorded what the model was taught, so that it may never have learned of this")
    else:
        remarks += [_OF_USER.format(name=name) for name in classes if name not in taught.classes]
    kind = reading.query.kind
    if taught.kinds is not None and kind not in taught.kinds:
        remarks.append(f"the model was trained on no question of this kind ({kind})")
    else:
        remarks += [
            _OF_OTHERS.format(kind=kind, name=name) for name in classes if _learnt_of_others(kind, name, taught)
        ]
    return tuple(remarks)


def _learnt_of_others(kind: str, name: str, taught: Taught) -> bool:
    """Say whether a model learned a kind of question, and of other classes alone, as far as is recorded."""
    if taught.kinds_of is None or name not in (taught.classes or ()):
        return False
    return not any(kind in taught.kinds_of.get(each, ()) for each in (name, ""))


def space_of(
    kind: QuestionKind | None, answer_type: str, options: Sequence[str], classes: Iterable[str]
) -> AnswerSpace:
    """Return what may be an answer to a question of a kind and a type, with options where it gives any.

    This is what ``ask``, ``evaluate`` and ``calibrate`` hold answers to. kind: None where nobody knows it.
    classes: what a set of classes may hold, as sources name them; where there is none, such an answer is a free text.
    """
    if options:
        return Option(tuple(options))
    if kind and kind.answers:
        return OneAnswer(kind.answers)
    spaces: dict[str, AnswerSpace] = {
        "yes/no": YES_NO,
        "number": Count(),
        "position": POSITION,
        "box": Boxes(MOST_BOXES),
    }
    if answer_type != "class set":
        return spaces.get(answer_type, FreeText())
    return class_answers(filter(may_be_ground, classes) if kind and kind.asks_of_ground else classes)


def why_no_area(checked: CheckedQuestion, size: tuple[int, int]) -> str | None:
    """Return why an area that a question asks of shows nothing of an image of a width and height; None where it does.

    One that lies partly outside is as good as its part inside.
    """
    width, height = size
    for region in regions_in(checked.text.split("\n", maxsplit=1)[0]):
        left, top, across, down = region
        if not across or not down:
            return f"the area {region_text(region)} is empty; give [x, y, width, height]"
        if left >= width or top >= height:
            return f"the area {region_text(region)} lies outside of the image, which has {width} x {height} pixels"
    return None


def boxes_question(checked: CheckedQuestion) -> str | None:
    """Return the question for the boxes that an answer about one class rests on; None where it is about no one class.

    It asks of the whole image, as models learn it: ``boxes_in_place`` keeps what an answer about a place rests on.
    """
    if len(checked.classes) != 1:
        return None
    names = checked.vocabulary.names[checked.classes[0]][0].plural
    return f"Give the boxes [x, y, width, height] of all {names} in the image, the topmost first."


def boxes_in_place(checked: CheckedQuestion, boxes: Iterable[Box], size: tuple[int, int]) -> tuple[Box, ...]:
    """Return the boxes whose middle lies where a question asks, in an image of a width and height; all of no place."""
    position = checked.reading.query.position if checked.reading else None
    if position is None:
        return tuple(boxes)
    cells = CELLS_OF.get(position, (position,))
    return tuple(box for box in boxes if grid_cell(Extent(*map(round, box)), *size) in cells)

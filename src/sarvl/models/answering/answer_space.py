"""AnswerSpace: what may be an answer to a question. It knows no tokens, no network and no PyTorch."""

from dataclasses import dataclass
from string import ascii_uppercase
from typing import NamedTuple, Protocol

from sarvl.errors import ModelError
from sarvl.language.questions.layout_words import POSITION_WORDS
from sarvl.models.answering.box_words import Box, BoxWords
from sarvl.models.answering.patterns import Behind, Listed, OneOf, Pattern, WholeNumber

_SPACE = OneOf(("", " "))  # tokenizers put it before the first word, or do not


class Said(NamedTuple):
    """An answer as it is given: its text, and the boxes in it, in pixels of the image."""

    text: str
    boxes: tuple[Box, ...] = ()


class AnswerSpace(Protocol):
    """All texts that may be an answer."""

    def pattern(self, boxes: BoxWords | None) -> Pattern | None:
        """Return what may be written; None for anything. boxes: how the model writes those of the image."""

    def said(self, text: str, boxes: BoxWords | None) -> Said:
        """Return what was written as an answer is given."""


@dataclass(frozen=True, slots=True)
class FreeText:
    """Anything; the boxes in it are read. Where it is boxes alone, its text is in pixels, as that of ``Boxes``."""

    def pattern(self, boxes: BoxWords | None) -> None:
        """Return None."""

    def said(self, text: str, boxes: BoxWords | None) -> Said:
        """Return the text with single spaces, and its boxes."""
        if boxes and boxes.style.is_all_boxes(text):
            return Boxes().said(text, boxes)
        return Said(" ".join(text.split()), boxes.read(text) if boxes else ())


@dataclass(frozen=True, slots=True)
class OneAnswer:
    """One of some answers, such as yes and no; its first letter may be large."""

    answers: tuple[str, ...]

    def pattern(self, boxes: BoxWords | None) -> Pattern:
        """Return the answers in both spellings."""
        spellings = dict.fromkeys(spelling for answer in self.answers for spelling in (answer, _with_capital(answer)))
        return Behind(_SPACE, OneOf(tuple(spellings)))

    def said(self, text: str, boxes: BoxWords | None) -> Said:
        """Return the answer that was written, as the space spells it."""
        words = text.strip()
        same = [answer for answer in self.answers if words in (answer, _with_capital(answer))]
        return Said(same[0])


@dataclass(frozen=True, slots=True)
class Option:
    """One of the options of a choice, by its letter; what is given is its text. ModelError where two are the same."""

    options: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse two options that are one answer, which would share its probability."""
        first: dict[str, str] = {}
        for letter, option in zip(ascii_uppercase, self.options, strict=False):
            same = first.setdefault(" ".join(option.split()).casefold(), letter)
            if same != letter:
                raise ModelError(f"choices {same} and {letter} are the same, {option!r}; give each choice once")

    def pattern(self, boxes: BoxWords | None) -> Pattern:
        """Return the letters."""
        return Behind(_SPACE, OneOf(tuple(ascii_uppercase[: len(self.options)])))

    def said(self, text: str, boxes: BoxWords | None) -> Said:
        """Return the text of the option."""
        return Said(self.options[ascii_uppercase.index(text.strip())])


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number from 0 to ``most``."""

    most: int = 999

    def pattern(self, boxes: BoxWords | None) -> Pattern:
        """Return the numbers in digits."""
        return Behind(_SPACE, WholeNumber(0, self.most))

    def said(self, text: str, boxes: BoxWords | None) -> Said:
        """Return the digits."""
        return Said(text.strip())


@dataclass(frozen=True, slots=True)
class ClassSet:
    """One or more of some classes, listed as corpora do: "ship, tank and bridge".

    also: further spellings, each with the class that it is one of, as ``classes`` has it.
    """

    classes: tuple[str, ...]
    also: tuple[tuple[str, str], ...] = ()

    def pattern(self, boxes: BoxWords | None) -> Pattern:
        """Return the lists, each class in them once."""
        spellings = {name: [name] for name in self.classes}
        for spelling, name in self.also:
            spellings[name].append(spelling)
        return Behind(_SPACE, Listed.of(tuple(map(tuple, spellings.values()))))

    def said(self, text: str, boxes: BoxWords | None) -> Said:
        """Return the list."""
        return Said(text.strip())


@dataclass(frozen=True, slots=True)
class Boxes:
    """One to ``most`` boxes, given as corpora do: ``[x, y, width, height]`` in whole pixels of the image."""

    most: int = 1

    def pattern(self, boxes: BoxWords | None) -> Pattern | None:
        """Return the boxes as the model writes them; None where it is not known how it does."""
        return Behind(_SPACE, boxes.pattern(self.most)) if boxes else None

    def said(self, text: str, boxes: BoxWords | None) -> Said:
        """Return the boxes, and their text."""
        read = boxes.read(text) if boxes else ()
        return Said(", ".join(map(_in_pixels, read)) if read else " ".join(text.split()), read)


YES_NO = OneAnswer(("yes", "no"))
POSITION = OneAnswer(POSITION_WORDS)
_NOTHING = ("no", "none", "zero", "0")


def says_nothing_is_there(answer: str) -> bool:
    """Tell whether an answer says that nothing of what was asked for is there, so that there are no boxes of it."""
    return answer.strip().rstrip(".").casefold() in _NOTHING


def _with_capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _in_pixels(box: Box) -> str:
    left, top, right, bottom = map(round, box)
    return str([left, top, max(right - left, 1), max(bottom - top, 1)])

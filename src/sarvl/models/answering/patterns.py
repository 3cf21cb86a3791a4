"""Patterns: texts of which only some may be written, taken in one character after the other.

A pattern is a value: what may still be written behind what stands there. None follows where a character may not stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import NamedTuple, Protocol, TypeAlias


class Pattern(Protocol):
    """What may still be written. It is hashable, so that what a vocabulary can write of it is looked up once."""

    def after(self, character: str) -> "Pattern | None":
        """Return what may follow one more character; None where it may not stand."""

    @property
    def is_whole(self) -> bool:
        """Whether it may end here."""

    @property
    def only(self) -> str | None:
        """The one text that may still be written; None where there are several."""

    @property
    def common(self) -> str:
        """What all texts that may still be written are known to begin with."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some texts."""

    texts: tuple[str, ...]

    def after(self, character: str) -> "OneOf | None":
        """Return the rests of the texts that begin so."""
        rests = tuple(text[1:] for text in self.texts if text[:1] == character)
        return OneOf(rests) if rests else None

    @property
    def is_whole(self) -> bool:
        """Whether one of them ends here."""
        return "" in self.texts

    @property
    def only(self) -> str | None:
        """The text, where it is one."""
        return self.texts[0] if len(self.texts) == 1 else None

    @property
    def common(self) -> str:
        """What all of them begin with."""
        return _common(self.texts)


@dataclass(frozen=True, slots=True)
class WholeNumber:
    """A number from ``least`` to ``most`` in digits, without zeros before it, or with them up to ``digits`` places."""

    least: int
    most: int
    digits: int | None = None
    written: str = ""

    def after(self, character: str) -> "WholeNumber | None":
        """Return the number with one more digit; None where no number between the bounds begins so."""
        if character not in "0123456789":
            return None
        longer = replace(self, written=self.written + character)
        return longer if longer._can_be_whole() else None

    def _can_be_whole(self) -> bool:
        begun, places = int(self.written), len(self.written)
        if self.digits is not None:
            lengths = [self.digits] if places <= self.digits else []
        else:
            lengths = [1] if self.written.startswith("0") else list(range(places, len(str(self.most)) + 1))
        spans = [(begun * 10 ** (end - places), 10 ** (end - places)) for end in lengths if end >= places]
        return any(low <= self.most and low + count > self.least for low, count in spans)

    @property
    def is_whole(self) -> bool:
        """Whether it is a number between the bounds."""
        is_long = len(self.written) == self.digits if self.digits else bool(self.written)
        return is_long and self.least <= int(self.written) <= self.most

    @property
    def only(self) -> str | None:
        """Nothing, where no digit may follow."""
        return "" if self.is_whole and not any(map(self.after, "0123456789")) else None

    @property
    def common(self) -> str:
        """Nothing: digits are not looked ahead for."""
        return ""


@dataclass(frozen=True, slots=True)
class Behind:
    """One pattern behind another; the second begins as the first cannot go on."""

    first: Pattern
    second: Pattern

    def after(self, character: str) -> "Pattern | None":
        """Return what follows in the first; in the second, where the first may end and does not go on so."""
        if (first := self.first.after(character)) is not None:
            return Behind(first, self.second)
        return self.second.after(character) if self.first.is_whole else None

    @property
    def is_whole(self) -> bool:
        """Whether both may end here."""
        return self.first.is_whole and self.second.is_whole

    @property
    def only(self) -> str | None:
        """Both together, where each has one."""
        first, second = self.first.only, self.second.only
        return None if first is None or second is None else first + second

    @property
    def common(self) -> str:
        """That of the first, and of the second where the first has no choice."""
        first = self.first.only
        return self.first.common if first is None else first + self.second.common


Spellings: TypeAlias = tuple[str, ...]
"""Of one name; any of them may be written."""


class _Name(NamedTuple):
    """A name that is being written: the rest of it, the names that may follow, and whether it is the last."""

    rest: str
    others: tuple[Spellings, ...]
    is_last: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """Names as corpora list them, each once, in any spelling: "ship", "ship and tank", "ship, tank and bridge"."""

    readings: tuple[_Name, ...]

    @classmethod
    def of(cls, names: tuple[Spellings, ...]) -> "Listed":
        """Return what lists one or more of ``names``."""
        return cls(tuple(_Name(spelling, _without(names, name), is_last=False) for name in names for spelling in name))

    def after(self, character: str) -> "Listed | None":
        """Return the readings that go on so."""
        going_on = [reading for each in self.readings for reading in (each, *_following(each))]
        left = tuple(each._replace(rest=each.rest[1:]) for each in going_on if each.rest[:1] == character)
        return Listed(tuple(dict.fromkeys(left))) if left else None

    @property
    def is_whole(self) -> bool:
        """Whether a name ends here."""
        return any(not reading.rest for reading in self.readings)

    @property
    def only(self) -> str | None:
        """The rest of the last name, where nothing can follow it."""
        (first, *others) = self.readings
        return None if others or (first.others and not first.is_last) else first.rest

    @property
    def common(self) -> str:
        """What all readings begin with."""
        return _common([reading.rest for reading in self.readings])


def _following(reading: _Name) -> list[_Name]:
    """Return what may follow a name that has ended."""
    if reading.rest or reading.is_last:
        return []
    return [
        _Name(f"{joint}{spelling}", _without(reading.others, name), is_last=joint == " and ")
        for joint in (", ", " and ")
        for name in reading.others
        for spelling in name
    ]


def _without(names: tuple[Spellings, ...], name: Spellings) -> tuple[Spellings, ...]:
    return tuple(other for other in names if other != name)


def _common(texts: Sequence[str]) -> str:
    """Return what all texts begin with."""
    first, last = min(texts), max(texts)
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return "".join(character for character, _ in alike)

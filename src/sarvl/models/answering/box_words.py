"""BoxWords: how a model writes the boxes of one image, and which it may write."""

from dataclasses import dataclass, replace

from sarvl.language.box_text import Box, BoxStyle, BoxText, SeenPart, Size
from sarvl.models.answering.patterns import OneOf, Pattern, WholeNumber

__all__ = ["Box", "BoxStyle", "BoxWords", "SeenPart", "Size"]


@dataclass(frozen=True, slots=True)
class BoxWords(BoxText):
    """A ``BoxText`` with the pattern that a model keeps to."""

    def pattern(self, most_boxes: int) -> Pattern:
        """Return the pattern of one to ``most_boxes`` boxes with an area, inside what is seen."""
        return _WrittenBoxes(self, OneOf((self.style.before,)), (), most_boxes - 1)

    def bounds(self, written: tuple[int, ...]) -> tuple[int, int]:
        """Return the least and the most that the next number of a box can be."""
        place = len(written)
        end = self.end((place + (self.style.order == "yxyx")) % 2)
        if place < 2:
            return 0, end - 1
        return (1, end - written[place - 2]) if self.style.order == "xywh" else (written[place - 2] + 1, end)


@dataclass(frozen=True, slots=True)
class _WrittenBoxes:
    """Boxes that are being written: of the current one what comes next, and its numbers; and how many may follow."""

    words: BoxWords
    part: Pattern
    numbers: tuple[int, ...]
    left: int

    def after(self, character: str) -> "_WrittenBoxes | None":
        if (part := self.part.after(character)) is not None:
            return replace(self, part=part)
        following = self._following() if self.part.is_whole else None
        return following.after(character) if following else None

    def _following(self) -> "_WrittenBoxes | None":
        """Return what comes behind a part that has ended: a number, the sign behind it, or the next box."""
        style, count = self.words.style, len(self.numbers)
        if isinstance(self.part, WholeNumber):
            return replace(self, part=OneOf((style.signs[count],)), numbers=(*self.numbers, int(self.part.written)))
        if count < 4:
            return replace(self, part=WholeNumber(*self.words.bounds(self.numbers), style.digits))
        begin = OneOf((f"{style.joint}{style.before}",))
        return replace(self, part=begin, numbers=(), left=self.left - 1) if self.left else None

    @property
    def is_whole(self) -> bool:
        return len(self.numbers) == 4 and self.part.is_whole

    @property
    def only(self) -> str | None:
        return self.part.only if len(self.numbers) == 4 and not self.left else None

    @property
    def common(self) -> str:
        return self.part.common

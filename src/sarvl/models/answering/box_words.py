"""BoxWords: how a model writes boxes: in which order, in what units, between which signs."""

import re
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from sarvl.models.answering.patterns import OneOf, Pattern, WholeNumber

Box = tuple[float, float, float, float]
Order = Literal["xyxy", "xywh", "yxyx"]


class SeenPart(NamedTuple):
    """What part of an image a model sees: left, top, width and height in pixels of the image."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class BoxWords:
    """How boxes of one image are written.

    order: of the four numbers. across, down: what stands for the whole width and height that are seen, such as 1000 and
    1000, or the pixels after the processor's resize. seen: what that is of the image. before, between, behind: the
    signs around the numbers of a box. joint: between two boxes. digits: of each number, zeros before it, where fixed.
    largest: the largest number that can be written, where that is less than the whole.
    """

    order: Order
    across: int
    down: int
    seen: SeenPart
    before: str = "["
    between: str = ", "
    behind: str = "]"
    joint: str = ", "
    digits: int | None = None
    largest: int | None = None

    def pattern(self, most_boxes: int) -> Pattern:
        """Return the pattern of one to ``most_boxes`` boxes with an area, inside what is seen."""
        return _WrittenBoxes(self, OneOf((self.before,)), (), most_boxes - 1)

    def bounds(self, written: tuple[int, ...]) -> tuple[int, int]:
        """Return the least and the most that the next number of a box can be."""
        place, ends = len(written), (self.down, self.across) if self.order == "yxyx" else (self.across, self.down)
        end = ends[place % 2] if self.largest is None else min(ends[place % 2], self.largest)
        if place < 2:
            return 0, end - 1
        return (1, end - written[place - 2]) if self.order == "xywh" else (written[place - 2] + 1, end)

    def read(self, text: str) -> tuple[Box, ...]:
        """Return the boxes in a text as xmin, ymin, xmax, ymax in pixels of the image; one without area is none."""
        gap = r"\s*" + re.escape(self.between.strip()) + r"\s*"
        number = r"(-?\d{1,7}(?:\.\d{1,9})?)"
        pattern = re.escape(self.before) + r"\s*" + gap.join([number] * 4) + r"\s*" + re.escape(self.behind)
        boxes = [self._in_image(*map(float, match.groups())) for match in re.finditer(pattern, text)]
        return tuple(box for box in boxes if box[2] > box[0] and box[3] > box[1])

    def _in_image(self, a: float, b: float, c: float, d: float) -> Box:
        if self.order == "yxyx":
            a, b, c, d = b, a, d, c
        elif self.order == "xywh":
            c, d = a + c, b + d
        wide, high = self.seen.width / self.across, self.seen.height / self.down
        left, top = self.seen.left, self.seen.top
        return left + a * wide, top + b * high, left + c * wide, top + d * high


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
        """Return what comes behind a part that has ended: a number, the signs behind it, or the next box."""
        words, count = self.words, len(self.numbers)
        if isinstance(self.part, WholeNumber):
            numbers = (*self.numbers, int(self.part.written))
            return replace(self, part=OneOf((words.between if count < 3 else words.behind,)), numbers=numbers)
        if count < 4:
            least, most = words.bounds(self.numbers)
            return replace(self, part=WholeNumber(least, most, words.digits))
        begin = OneOf((f"{words.joint}{words.before}",))
        return replace(self, part=begin, numbers=(), left=self.left - 1) if self.left else None

    @property
    def is_whole(self) -> bool:
        return len(self.numbers) == 4 and self.part.is_whole

    @property
    def only(self) -> str | None:
        return self.part.only if len(self.numbers) == 4 and not self.left else None

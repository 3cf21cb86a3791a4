"""How a model writes boxes: BoxStyle says in which order and between which signs, BoxWords what that is in an image."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from sarvl.models.answering.patterns import OneOf, Pattern, WholeNumber

Box = tuple[float, float, float, float]
_OF_CORPORA = re.compile(r"\[(\d{1,9}), (\d{1,9}), (\d{1,9}), (\d{1,9})\]")
_NAME_OF_CORPORA = "[x, y, width, height]"


@dataclass(frozen=True, slots=True)
class BoxStyle:
    """How a kind of model writes boxes.

    name: what a prompt calls it, such as ``[x1, y1, x2, y2]``. order: of the four numbers. parts: into how many parts
    width and height are cut; None where the numbers are pixels after the processor's resize. before, between, middle,
    behind: the signs around the numbers of a box, ``middle`` in its midst. joint: between two boxes. digits: of each
    number, with zeros before it, where that is fixed. largest: the largest number, where that is less than ``parts``.
    """

    name: str = "[x1, y1, x2, y2]"
    order: Literal["xyxy", "xywh", "yxyx"] = "xyxy"
    parts: int | None = 1000
    before: str = "["
    between: str = ", "
    middle: str = ", "
    behind: str = "]"
    joint: str = ", "
    digits: int | None = None
    largest: int | None = None

    @property
    def signs(self) -> tuple[str, str, str, str]:
        """What stands behind each of the four numbers."""
        return self.between, self.middle, self.between, self.behind

    def text(self, numbers: Sequence[int]) -> str:
        """Return a box of four numbers."""
        shown = [f"{number:0{self.digits or 1}d}" for number in numbers]
        return self.before + "".join(part for pair in zip(shown, self.signs, strict=True) for part in pair)

    def numbers_in(self, text: str) -> list[list[int]]:
        """Return the four numbers of each box in a text."""
        return [[int(part) for part in match.groups()] for match in self._boxes_in(text)]

    def is_all_boxes(self, text: str) -> bool:
        """Tell whether a text is boxes alone, with nothing but commas and the like between them."""
        outside = text
        for match in self._boxes_in(text):
            outside = outside.replace(match[0], "", 1)
        return outside != text and not outside.strip(" \n\t,;")

    def _boxes_in(self, text: str) -> Iterator[re.Match[str]]:
        number = rf"\s*(\d{{{self.digits}}})\s*" if self.digits else r"\s*(\d{1,7})(?:\.\d{1,9})?\s*"
        signs = [re.escape(sign.strip()) for sign in self.signs]
        pattern = re.escape(self.before) + "".join(part for sign in signs for part in (number, sign))
        return re.finditer(pattern, text)


class SeenPart(NamedTuple):
    """What part of an image a model sees: left, top, width and height, in pixels of the image."""

    left: float
    top: float
    width: float
    height: float


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class BoxWords:
    """How a model writes the boxes of one image.

    image: its size. seen: the part of it that the model sees. pixels: the size at which it sees that.
    """

    style: BoxStyle
    image: Size
    seen: SeenPart
    pixels: Size

    @property
    def whole(self) -> Size:
        """What the numbers of a box stand for at most: the parts of the style, or the pixels that are seen."""
        parts = self.style.parts
        return self.pixels if parts is None else Size(parts, parts)

    def pattern(self, most_boxes: int) -> Pattern:
        """Return the pattern of one to ``most_boxes`` boxes with an area, inside what is seen."""
        return _WrittenBoxes(self, OneOf((self.style.before,)), (), most_boxes - 1)

    def bounds(self, written: tuple[int, ...]) -> tuple[int, int]:
        """Return the least and the most that the next number of a box can be."""
        place = len(written)
        end = self.whole[(place + (self.style.order == "yxyx")) % 2]
        end = end if self.style.largest is None else min(end, self.style.largest)
        if place < 2:
            return 0, end - 1
        return (1, end - written[place - 2]) if self.style.order == "xywh" else (written[place - 2] + 1, end)

    def read(self, text: str) -> tuple[Box, ...]:
        """Return the boxes in a text as xmin, ymin, xmax, ymax in pixels of the image, cut at its edges.

        One without area is none.
        """
        boxes = [self._in_image(*numbers) for numbers in self.style.numbers_in(text)]
        return tuple(box for box in boxes if box[2] > box[0] and box[3] > box[1])

    def written(self, box: Box) -> str:
        """Return a box in pixels of the image as the model writes it; what it does not see is cut off."""
        left, right = self._parts(box[::2], self.seen.left, self.seen.width, self.whole.width)
        top, bottom = self._parts(box[1::2], self.seen.top, self.seen.height, self.whole.height)
        numbers = {
            "xyxy": (left, top, right, bottom),
            "yxyx": (top, left, bottom, right),
            "xywh": (left, top, right - left, bottom - top),
        }
        return self.style.text(numbers[self.style.order])

    def _parts(self, edges: Sequence[float], start: float, span: float, whole: int) -> list[int]:
        """Return edges along one side in the parts, or pixels, that are written."""
        end = whole if self.style.largest is None else min(whole, self.style.largest)
        return [min(max(round((edge - start) * whole / span), 0), end) for edge in edges]

    def in_words(self, text: str) -> str:
        """Return a text of a corpus, whose boxes are ``[x, y, width, height]`` in pixels, in the model's words."""

        def written(match: re.Match[str]) -> str:
            x, y, width, height = map(int, match.groups())
            return self.written((x, y, x + width, y + height))

        return _OF_CORPORA.sub(written, text).replace(_NAME_OF_CORPORA, self.style.name)

    def _in_image(self, a: float, b: float, c: float, d: float) -> Box:
        if self.style.order == "yxyx":
            a, b, c, d = b, a, d, c
        elif self.style.order == "xywh":
            c, d = a + c, b + d
        across = [self.seen.left + x * self.seen.width / self.whole.width for x in (a, c)]
        down = [self.seen.top + y * self.seen.height / self.whole.height for y in (b, d)]
        left, right = (min(max(x, 0.0), float(self.image.width)) for x in across)
        top, bottom = (min(max(y, 0.0), float(self.image.height)) for y in down)
        return left, top, right, bottom


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

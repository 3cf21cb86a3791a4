"""Boxes in texts for models: BoxStyle says in which order and between which signs, BoxText what that is in an image."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Literal, NamedTuple

Box = tuple[float, float, float, float]
_OF_CORPORA = re.compile(r"\[(\d{1,9}), (\d{1,9}), (\d{1,9}), (\d{1,9})\]")
_NAME_OF_CORPORA = "[x, y, width, height]"
_DECIMALS = 6  # of a part: what is computed in binary fractions is a whole number where it should be one


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
class BoxText:
    """How the boxes of one image are written for a model, and read.

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

    def end(self, side: int) -> int:
        """Return the largest number that is written along a side: 0 across, 1 down."""
        whole, largest = self.whole[side], self.style.largest
        return whole if largest is None else min(whole, largest)

    def read(self, text: str) -> tuple[Box, ...]:
        """Return the boxes in a text as xmin, ymin, xmax, ymax in pixels of the image, cut at its edges.

        One without area is none.
        """
        boxes = [self._in_image(*numbers) for numbers in self.style.numbers_in(text)]
        return tuple(box for box in boxes if box[2] > box[0] and box[3] > box[1])

    def written(self, box: Box) -> str:
        """Return a box in pixels of the image as the model writes it: the parts that it reaches into.

        What the model does not see is cut off. A box has one part a side at least, though it be small or outside.
        """
        left, right = self._parts(box[::2], self.seen.left, self.seen.width, 0)
        top, bottom = self._parts(box[1::2], self.seen.top, self.seen.height, 1)
        numbers = {
            "xyxy": (left, top, right, bottom),
            "yxyx": (top, left, bottom, right),
            "xywh": (left, top, right - left, bottom - top),
        }
        return self.style.text(numbers[self.style.order])

    def _parts(self, edges: Sequence[float], start: float, span: float, side: int) -> tuple[int, int]:
        """Return the two edges along one side in the parts, or pixels, that are written."""
        end = self.end(side)
        low, high = (round((edge - start) * self.whole[side] / span, _DECIMALS) for edge in edges)
        first = min(max(floor(low), 0), end - 1)
        return first, min(max(ceil(high), first + 1), end)

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


THOUSANDTHS = BoxStyle()
IN_PIXELS = BoxStyle(parts=None)
OF_QWEN2 = BoxStyle("(x1,y1),(x2,y2)", before="(", between=",", middle="),(", behind=")")
OF_LLAVA = BoxStyle(parts=100, before="[0.", between=", 0.", middle=", 0.", digits=2, largest=99)
LOCATIONS = BoxStyle(
    "location tokens", "yxyx", 1024, "<loc", "><loc", "><loc", ">", joint=" ; ", digits=4, largest=1023
)

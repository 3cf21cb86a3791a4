"""Boxes in answers: read in the form that is declared, and how well they meet the right ones."""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

from sarvl.errors import EvaluationError
from sarvl.measures.answers.plain_answer import without_thoughts

BoxForm = Literal["xywh", "xyxy", "xyxy/1", "xyxy/100", "xyxy/1000"]
"""What the four numbers of a box are: x, y, width and height in pixels; two corners in pixels, or in parts of 1, 100 or
1000 of width and height."""
Box = tuple[float, float, float, float]
_NUMBER = r"-?(?:\d{1,7}(?:\.\d{0,20})?|\.\d{1,20})"
_N = rf"\s*{_NUMBER}\s*"
_FOUR_PARTS = rf"<{_N}>\s*<{_N}>\s*<{_N}>\s*<{_N}>"
_BOXES = re.compile(
    "|".join(
        (
            rf"(?:\[\s*)?(?:\[{_N},{_N}\][\s,]*){{2,}}\]?",
            rf"[\[(]{_N},{_N},{_N},{_N}[\])]",
            rf"\({_N},{_N}\)\s*,?\s*\({_N},{_N}\)",
            rf"\{{\s*{_FOUR_PARTS}[^{{}}]*\}}",
        )
    )
)
_BARE = re.compile(rf"{_NUMBER}(?:(?:\s*,\s*|\s+){_NUMBER}){{3}}\s*\.?")
_OF_SEVERAL = re.compile(_FOUR_PARTS)
_NUMBERS = re.compile(_NUMBER)
_POINT = re.compile(rf"\[{_N},{_N}\]")


class Size(NamedTuple):
    """Of an image, in pixels."""

    width: int
    height: int


def read_boxes(text: str, form: BoxForm, size: Size | None = None) -> list[Box]:
    """Return the boxes of a text, as xmin, ymin, xmax, ymax: in pixels, or in parts of 1 where no size is known.

    Read are ``[a, b, c, d]``, ``(a, b, c, d)``, ``(a, b), (c, d)``, ``[a, b], [c, d]``, ``{<a><b><c><d>}`` and lists of
    four corners, whose hull is taken and whose numbers are never widths; four numbers alone where nothing else is said.
    A box without area is none, and neither is one in a thought.
    """
    text = without_thoughts(text)
    matches = _BOXES.findall(text) or list(filter(_BARE.fullmatch, [text.strip()]))
    numbers = [[float(number) for number in _NUMBERS.findall(part)] for match in matches for part in _boxes_in(match)]
    boxes = [_corners(each, form) for each in numbers]
    return [_scaled(box, form, size) for box in boxes if box[2] > box[0] and box[3] > box[1]]


def _boxes_in(match: str) -> list[str]:
    """Return the text of each box in what looks like some; of points in brackets two, or four in one more bracket."""
    if match.startswith("{"):
        return _OF_SEVERAL.findall(match)
    is_list = match.startswith("[") and match[1:].lstrip().startswith("[") and match.endswith("]")
    points = len(_POINT.findall(match))
    return [match] if points in ((0, 2, 4) if is_list else (0, 2)) else []


def _corners(numbers: list[float], form: BoxForm) -> Box:
    if len(numbers) == 8:
        return min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])
    a, b, c, d = numbers
    return (a, b, a + c, b + d) if form == "xywh" else (a, b, c, d)


def _scaled(box: Box, form: BoxForm, size: Size | None) -> Box:
    _, _, parts = form.partition("/")
    width, height = size or (1, 1)
    across, down = (width / float(parts), height / float(parts)) if parts else (1.0, 1.0)
    return box[0] * across, box[1] * down, box[2] * across, box[3] * down


def check_forms(truth: BoxForm, given: BoxForm, size: Size | None, where: str) -> None:
    """Raise EvaluationError where boxes in pixels are to be held against parts, and no size of the image is known."""
    if size is None and ("/" in truth) != ("/" in given):
        raise EvaluationError(
            f"{where}: the boxes are {given} and the right ones {truth}, and the size of the image is not known; "
            "give a corpus, or predictions in the same form"
        )


def overlaps(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """Return the intersection over union of each pair of boxes ``(D, 4)`` and ``(G, 4)``: ``(D, G)``, 0 of no area."""
    one, other = np.asarray(first, float).reshape(-1, 1, 4), np.asarray(second, float).reshape(1, -1, 4)
    low, high = np.maximum(one[..., :2], other[..., :2]), np.minimum(one[..., 2:], other[..., 2:])
    common = np.prod(np.clip(high - low, 0, None), axis=-1)
    areas = np.prod(one[..., 2:] - one[..., :2], axis=-1) + np.prod(other[..., 2:] - other[..., :2], axis=-1)
    union = areas - common
    return np.asarray(np.divide(common, union, out=np.zeros_like(union), where=union > 0))


def matched_share(given: Sequence[Box], right: Sequence[Box], least: float) -> float:
    """Return 2 m / (given + right), m the most pairs, each box in one at most, whose overlap is ``least`` or more.

    For one right box it is 1 where the only one given meets it, and less for each further one that is given.
    """
    if not given or not right:
        return 0.0
    meets = overlaps(given, right) >= least
    rows, columns = linear_sum_assignment(~meets)
    return float(2 * meets[rows, columns].sum() / (len(given) + len(right)))


def mean_overlap(given: Sequence[Box], right: Sequence[Box]) -> float:
    """Return the mean overlap of the right boxes with those given, one to one; 0 for one that has no partner."""
    if not given or not right:
        return 0.0
    pairs = overlaps(given, right)
    rows, columns = linear_sum_assignment(-pairs)
    return float(pairs[rows, columns].sum() / max(len(given), len(right)))

"""Boxes written into text, as ``[x, y, w, h]`` in pixels: those of GeoChat and SARChat, of Qwen and of InternVL."""

import re
from collections.abc import Callable
from math import isfinite, radians
from typing import Literal, NamedTuple

from sarvl.annotations.parsing.corners import corners_of_rectangle, hull_of

BoxScale = Literal["pixels", 1, 100, 1000]
_VALUE = r"(-?\d{1,7}(?:\.\d{1,12})?)"
_MARKED = rf"<\s*{_VALUE}\s*>"
_PAIR = rf"\(\s*{_VALUE}\s*,\s*{_VALUE}\s*\)"
_FOUR = r"\[\s*" + r"\s*,\s*".join([_VALUE] * 4) + r"\s*\]"
# Names of things, whose boxes follow: Qwen and InternVL, Qwen2-VL, GeoChat.
_NAME_MARKS = re.compile(r"\s*</?(?:ref|p)>\s*|\s*<\|object_ref_(?:start|end)\|>\s*")
_ANY_BOX = re.compile(
    r"\{\s*<[^{}]{0,80}>\s*\}|</?(?:box|quad|poly)>.{0,80}|<\|(?:box|quad)_(?:start|end)\|>.{0,80}", re.DOTALL
)


class _Scale(NamedTuple):
    """What the numbers of boxes are, and (width, height) of the image; None where it is not known."""

    numbers: BoxScale | None
    size: tuple[int, int] | None


def boxes_in_pixels(text: str, scale: BoxScale | None, size: tuple[int, int] | None) -> str:
    """Return the text with each box as ``[x, y, w, h]``: its upper left corner, width and height in whole pixels.

    Of a turned box (``{<x1><y1><x2><y2>|<degrees>}``) it is the upright one around it. Marks of names are taken out.
    scale: what the numbers are: pixels, or parts of width and height in 1, 100 or 1000; None where nobody says it.
    size: (width, height) of the image; where it is None, boxes that are not in pixels stay as they are.
    Raises ValueError where a box has no area, lies beyond its scale, is not four numbers, or its scale is not known.
    Source: Kuckreja et al. 2024 (GeoChat), Bai et al. 2023 (Qwen-VL), Wang et al. 2024 (Qwen2-VL), Chen et al. 2024
    (InternVL).
    """
    if scale is not None and scale != "pixels" and size is None:
        return text
    for pattern, boxes in _FORMS.items():
        text = pattern.sub(lambda match, boxes=boxes: boxes(match, _Scale(scale, size)), text)  # type: ignore[misc]
    unread = _ANY_BOX.search(text)
    if unread:
        raise ValueError(f"box {unread[0][:80]} is not four numbers")
    return _NAME_MARKS.sub(" ", text).strip() if _NAME_MARKS.search(text) else text


def _geochat(match: re.Match[str], scale: _Scale) -> str:
    *edges, degrees = match.groups()
    return _shown(edges, match[0], scale, float(degrees or 0))


def _qwen(match: re.Match[str], scale: _Scale) -> str:
    return _shown(match.groups(), match[0], scale)


def _internvl(match: re.Match[str], scale: _Scale) -> str:
    boxes = [_shown(box.groups(), box[0], scale) for box in re.finditer(_FOUR, match[0])]
    return ", ".join(boxes)


_FORMS: dict[re.Pattern[str], Callable[[re.Match[str], _Scale], str]] = {
    re.compile(r"\{\s*" + r"\s*".join([_MARKED] * 4) + rf"\s*(?:\|\s*{_MARKED}\s*)?\}}"): _geochat,
    re.compile(rf"<box>\s*{_PAIR}\s*,\s*{_PAIR}\s*</box>"): _qwen,
    re.compile(rf"<\|box_start\|>\s*{_PAIR}\s*,\s*{_PAIR}\s*<\|box_end\|>"): _qwen,
    re.compile(rf"<box>\s*\[?\s*{_FOUR}(?:\s*,\s*{_FOUR})*\s*\]?\s*</box>"): _internvl,
}


def _shown(texts: list[str] | tuple[str, ...], box: str, scale: _Scale, degrees: float = 0) -> str:
    edges = [float(text) for text in texts]
    numbers, size = scale
    if numbers is None:
        raise ValueError(f"box {box}: nobody says what its numbers are; set option box_scale to pixels, 1, 100 or 1000")
    if numbers != "pixels" and size is not None:
        if max(edges) > numbers or min(edges) < 0:
            raise ValueError(f"box {box} lies beyond its scale of {numbers}")
        edges = [edge * side / numbers for edge, side in zip(edges, size * 2, strict=True)]
    left, top, right, bottom = (round(edge) for edge in _upright(edges, degrees, size))
    if right <= left or bottom <= top:
        raise ValueError(f"box {box} has no area")
    return f"[{left}, {top}, {right - left}, {bottom - top}]"


def _upright(edges: list[float], degrees: float, size: tuple[int, int] | None) -> list[float]:
    """Return the box around a turned one, within the image; it is the same whichever way that is turned."""
    left, top, right, bottom = edges
    if not degrees or right <= left or bottom <= top or not isfinite(degrees):
        return edges
    middle = (left + right) / 2, (top + bottom) / 2
    hull = hull_of(corners_of_rectangle(*middle, right - left, bottom - top, radians(degrees)))
    width, height = size or (hull.xmax, hull.ymax)
    return [max(hull.xmin, 0), max(hull.ymin, 0), min(hull.xmax, width), min(hull.ymax, height)]

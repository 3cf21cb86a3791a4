"""Boxes written into text: ``{<x1><y1><x2><y2>}`` (SARChat, GeoChat, VRSBench) as ``[x, y, w, h]`` in pixels."""

import re
from typing import Literal

BoxScale = Literal["pixels", 100, 1000]
_NUMBER = r"<\s*(\d{1,7}(?:\.\d{1,9})?)\s*>"
_BOX = re.compile(r"\{\s*" + r"\s*".join([_NUMBER] * 4) + r"\s*\}")
_ANY_BOX = re.compile(r"\{\s*<[^{}]{0,80}>\s*\}")


def boxes_in_pixels(text: str, scale: BoxScale, size: tuple[int, int] | None) -> str:
    """Return the text with each box as ``[x, y, w, h]``: its upper left corner, width and height in whole pixels.

    scale: what the numbers are: pixels, or parts of width and height in 100 or 1000. size: (width, height) of the
    image; where it is None, boxes that are not in pixels stay as they are.
    Raises ValueError where a box has no area, lies beyond its scale, or is not four numbers.
    """
    if scale != "pixels" and size is None:
        return text
    converted = _BOX.sub(lambda match: _in_pixels(match, scale, size), text)
    unread = _ANY_BOX.search(converted)
    if unread:
        raise ValueError(f"box {unread[0]} is not four numbers")
    return converted


def _in_pixels(match: re.Match[str], scale: BoxScale, size: tuple[int, int] | None) -> str:
    edges = [float(number) for number in match.groups()]
    if scale != "pixels" and size is not None:
        if max(edges) > scale:
            raise ValueError(f"box {match[0]} lies beyond its scale of {scale}")
        edges = [edge * side / scale for edge, side in zip(edges, size * 2, strict=True)]
    left, top, right, bottom = (round(edge) for edge in edges)
    if right <= left or bottom <= top:
        raise ValueError(f"box {match[0]} has no area")
    return f"[{left}, {top}, {right - left}, {bottom - top}]"

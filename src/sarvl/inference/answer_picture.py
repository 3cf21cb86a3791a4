"""The picture of an image with the boxes of answers drawn into it, each answer in a colour of its own."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sarvl.errors import ModelError, unwritable
from sarvl.files import atomic_path
from sarvl.imagery import read_image, render_display
from sarvl.inference.answered import Answered
from sarvl.inference.located_image import FileToRead

_COLOURS = ((0, 159, 230), (233, 180, 86), (115, 158, 0), (66, 228, 240), (178, 114, 0), (0, 94, 213))
"""Blue, green, red; those of Okabe and Ito, which colour-blind people can tell apart."""
_Colour = tuple[int, int, int]
_Edges = tuple[int, int, int, int]
_LEAST_LABEL, _LABEL_SHARE = 12, 0.04
"""The height of digits: in pixels at least, but for chips, and as a part of the shorter side of the picture."""


def write_picture(file: FileToRead, answers: Sequence[Answered], out: Path) -> None:
    """Write a PNG of an image file with the boxes of answers, each with the number of its question.

    Raises ModelError where ``out`` cannot be written.
    """
    path, reading = file
    shown = render_display(read_image(path, **reading._asdict())).pixels
    bands = shown if len(shown) == 3 else np.broadcast_to(shown[:1], (3, *shown.shape[1:]))
    pixels = np.ascontiguousarray(bands[::-1].transpose(1, 2, 0))  # OpenCV wants BGR
    boxes = _by_box(answers)
    for box, numbers in boxes.items():
        _draw(pixels, box, _colour_of(numbers))
    if len(answers) > 1:
        _write_labels(pixels, boxes)
    try:
        with atomic_path(out) as temporary:
            temporary.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    except OSError as problem:
        raise ModelError(unwritable(out, problem)) from problem


def _by_box(answers: Sequence[Answered]) -> dict[tuple[int, ...], list[int]]:
    """Return each box in whole pixels with the numbers of its answers, so that none is drawn over an equal one."""
    numbers: dict[tuple[int, ...], list[int]] = {}
    for number, answer in enumerate(answers, start=1):
        for box in dict.fromkeys(tuple(map(round, box)) for box in answer.boxes):
            numbers.setdefault(box, []).append(number)
    return numbers


def _colour_of(numbers: Sequence[int]) -> _Colour:
    return _COLOURS[(numbers[0] - 1) % len(_COLOURS)]


def _draw(pixels: NDArray[np.uint8], box: Sequence[int], colour: _Colour) -> None:
    left, top, right, bottom = box
    width = max(1, round(min(pixels.shape[:2]) / 400))
    cv2.rectangle(pixels, (left, top), (max(right - 1, left), max(bottom - 1, top)), colour, width)


def _write_labels(pixels: NDArray[np.uint8], boxes: Mapping[tuple[int, ...], Sequence[int]]) -> None:
    """Write the numbers of each box in black on its colour, none over another as long as there is room beside it."""
    side = min(pixels.shape[:2])
    size = max(min(_LEAST_LABEL, side // 4), round(side * _LABEL_SHARE), 1)
    stroke, margin = max(1, size // 10), size // 4
    scale = cv2.getFontScaleFromHeight(cv2.FONT_HERSHEY_SIMPLEX, size, stroke)
    taken: list[_Edges] = []
    for box, numbers in boxes.items():
        text = ",".join(map(str, numbers))
        across = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, stroke)[0][0] + 2 * margin
        left, top, right, bottom = _free_place(box, (across, size + 2 * margin), pixels.shape[1], taken)
        taken.append((left, top, right, bottom))
        cv2.rectangle(pixels, (left, top), (right - 1, bottom - 1), _colour_of(numbers), cv2.FILLED)
        at = (left + margin, top + margin + size)
        cv2.putText(pixels, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, (0, 0, 0), stroke, cv2.LINE_AA)


def _free_place(box: Sequence[int], size: tuple[int, int], width: int, taken: Sequence[_Edges]) -> _Edges:
    """Return where a label goes: above its box, or in it at the upper edge of the picture, and right of those there."""
    across, down = size
    top = box[1] - down if box[1] >= down else box[1]
    first = max(0, min(box[0], width - across))
    left = first
    while beside := [other[2] for other in taken if _meet((left, top), size, other)]:
        left = max(beside)
        if left + across > width:
            left = first
            break
    return left, top, left + across, top + down


def _meet(corner: tuple[int, int], size: tuple[int, int], other: _Edges) -> bool:
    (left, top), (across, down) = corner, size
    return left < other[2] and other[0] < left + across and top < other[3] and other[1] < top + down

"""The picture of an image with the boxes of answers drawn into it, each answer in a colour of its own."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sarvl.errors import ModelError, unwritable
from sarvl.files import atomic_path
from sarvl.imagery import read_image, render_display
from sarvl.inference.answered import Answered, Box
from sarvl.inference.located_image import FileToRead

_COLOURS = ((0, 159, 230), (233, 180, 86), (115, 158, 0), (66, 228, 240), (178, 114, 0), (0, 94, 213))
"""Blue, green, red; those of Okabe and Ito, which colour-blind people can tell apart."""


def write_picture(file: FileToRead, answers: Sequence[Answered], out: Path) -> None:
    """Write a PNG of an image file with the boxes of answers, each with the number of its question.

    Raises ModelError where ``out`` cannot be written.
    """
    path, reading = file
    shown = render_display(read_image(path, **reading._asdict())).pixels
    bands = shown if len(shown) == 3 else np.broadcast_to(shown[:1], (3, *shown.shape[1:]))
    pixels = np.ascontiguousarray(bands[::-1].transpose(1, 2, 0))  # OpenCV wants BGR
    for number, answer in enumerate(answers):
        for box in answer.boxes:
            _draw(pixels, box, _COLOURS[number % len(_COLOURS)], str(number + 1) if len(answers) > 1 else "")
    try:
        with atomic_path(out) as temporary:
            temporary.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    except OSError as problem:
        raise ModelError(unwritable(out, problem)) from problem


def _draw(pixels: NDArray[np.uint8], box: Box, colour: tuple[int, int, int], label: str) -> None:
    left, top, right, bottom = map(round, box)
    width = max(1, round(min(pixels.shape[:2]) / 400))
    cv2.rectangle(pixels, (left, top), (max(right - 1, left), max(bottom - 1, top)), colour, width)
    place = (left, max(top - 2 * width, 8))
    cv2.putText(pixels, label, place, cv2.FONT_HERSHEY_SIMPLEX, 0.4 * width, colour, width)

"""Small pictures of images, stretched so that they can be seen."""

import base64
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sarvl.corpus import display_pixels
from sarvl.errors import ImageError
from sarvl.imagery import Reading, read_image

LARGEST_SIDE_PX = 360
_QUALITY = 82
_STRETCH = (1.0, 99.5)  # percentiles that become black and white


def thumbnails_of(records: Sequence[tuple[Path, Reading]]) -> list[tuple[str, str]]:
    """Return, for each file, a JPEG in base64 and an empty text, or an empty text and why it cannot be read."""
    return [_thumbnail(path, reading) for path, reading in records]


def _thumbnail(path: Path, reading: Reading) -> tuple[str, str]:
    try:
        pixels = stretched(_small(display_pixels(read_image(path, **reading._asdict()))))
    except ImageError as problem:
        return "", str(problem)
    _, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return base64.b64encode(data.tobytes()).decode(), ""


def _small(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    scale = min(1.0, LARGEST_SIDE_PX / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small: NDArray[np.uint8] = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return small


def stretched(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return bytes (H, W, 3) with the percentiles 1 and 99.5 of all bands together as black and white."""
    low, high = np.percentile(pixels, _STRETCH)
    if high <= low:
        return pixels
    scaled = (pixels.astype(np.float32) - low) * (255 / (high - low))
    bright: NDArray[np.uint8] = np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)
    return bright

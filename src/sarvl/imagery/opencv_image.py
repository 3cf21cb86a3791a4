"""PNG, JPEG and BMP through OpenCV, checked for completeness before they are decoded."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sarvl.errors import ImageError
from sarvl.imagery.containers import BrokenContainerError, Container, check_complete, container_size
from sarvl.imagery.stored_image import StoredImage, check_size


def read_opencv(path: Path, kind: Container, data: bytes) -> StoredImage:
    """Decode ``data`` unchanged (no EXIF rotation, no 8-bit reduction); ``path`` is for messages.

    Bands are ``gray`` or ``red, green, blue``; grey stored as three equal channels becomes one band. A pixel of zero
    alpha is no data. ImageError where the file is broken, empty or too large.
    """
    try:
        check_size(path, *container_size(kind, data))
        check_complete(kind, data)
    except BrokenContainerError as problem:
        raise ImageError(f"{path}: truncated or damaged {kind} ({problem}); get the file again") from problem
    try:
        decoded: NDArray[Any] | None = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as problem:
        raise ImageError(f"{path}: {kind} that OpenCV refuses ({problem.err}); convert it again") from problem
    if decoded is None:
        raise ImageError(f"{path}: damaged or unusual {kind} that cannot be decoded; convert it again")
    channels: tuple[NDArray[Any], ...] = tuple(cv2.split(decoded))  # each (H, W)
    nodata = channels[3] == 0 if len(channels) == 4 else None
    names, planes = merge_equal_channels(("red", "green", "blue"), channels[2::-1])
    return StoredImage(np.stack(planes), names, nodata=nodata if nodata is not None and nodata.any() else None)


def merge_equal_channels(
    names: tuple[str, ...], channels: tuple[NDArray[Any], ...]
) -> tuple[tuple[str, ...], tuple[NDArray[Any], ...]]:
    """Return one band ``gray`` where all channels are equal, else names and channels as given."""
    if all(np.array_equal(channels[0], other) for other in channels[1:]):
        return ("gray",), channels[:1]
    return names, channels

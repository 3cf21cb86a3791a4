"""PNG, JPEG and BMP through OpenCV, checked for completeness before they are decoded."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sarvl.errors import ImageError
from sarvl.imagery.containers import BrokenContainerError, Container, check_complete, container_size
from sarvl.imagery.orientation import orientation_of
from sarvl.imagery.stored_image import COLOURS, GREY, StoredImage, check_size


def read_opencv(path: Path, kind: Container, data: bytes) -> StoredImage:
    """Decode ``data`` unchanged (not turned, no 8-bit reduction); ``path`` is for messages.

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
    nodata = decoded[:, :, 3] == 0 if decoded.shape[2:] == (4,) else None
    names, pixels = _bands_of(decoded)
    orientation = orientation_of(data)
    return StoredImage(
        pixels, names, nodata=nodata if nodata is not None and nodata.any() else None, orientation=orientation
    )


def _bands_of(decoded: NDArray[Any]) -> tuple[tuple[str, ...], NDArray[Any]]:
    """Return the names and pixels (bands, H, W) of what OpenCV has decoded: (H, W), or (H, W, 3 or 4), blue first."""
    if decoded.ndim == 2:
        return GREY, decoded[None]
    grey = _grey_of(decoded) if decoded.shape[2] == 3 else None
    if grey is not None:
        return GREY, grey[None]
    names, planes = merge_equal_channels(COLOURS, tuple(cv2.split(decoded)[2::-1]))
    return names, np.stack(planes)


def _grey_of(decoded: NDArray[Any]) -> NDArray[Any] | None:
    """Return the first of three channels (H, W, 3) where they are equal, else None; faster than to split them first."""
    if (decoded[0] != decoded[0, :, :1]).any():  # most colour pictures show it in one row
        return None
    first: NDArray[Any] = cv2.extractChannel(decoded, 0)
    return first if cv2.norm(decoded, cv2.cvtColor(first, cv2.COLOR_GRAY2BGR), cv2.NORM_INF) == 0 else None


def merge_equal_channels(
    names: tuple[str, ...], channels: tuple[NDArray[Any], ...]
) -> tuple[tuple[str, ...], tuple[NDArray[Any], ...]]:
    """Return one band ``gray`` where all channels are equal, else names and channels as given."""
    if all(np.array_equal(channels[0], other) for other in channels[1:]):
        return GREY, channels[:1]
    return names, channels

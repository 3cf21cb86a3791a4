"""EXIF orientation: how a camera or a viewer has turned a picture, and the pixels turned so."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarvl.imagery.containers import Container, container_of, exif_of

UPRIGHT = 1
"""The EXIF orientation of a picture that is shown as it is stored."""
_TAG, _SHORT = 0x0112, 3
_FROM_HERE_AXES_SWAP = 5
_BYTE_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_ENTRY_BYTES = 12
_MOST_ENTRIES = 4096


def orientation_of(head: bytes) -> int:
    """Return the EXIF orientation, 1 to 8, of a JPEG or PNG file from its first bytes; 1 where it says none.

    Source: CIPA DC-008 (Exif 2.32), tag 274; PNG specification, third edition, chunk ``eXIf``. What stands behind the
    pixels is not looked for.
    """
    kind = container_of(head)
    exif = exif_of(kind, head) if kind in (Container.JPEG, Container.PNG) else b""
    return _in_directory(exif, 0)


def tiff_orientation(path: Path) -> int:
    """Return the same of a TIFF file; BigTIFF has none that would be looked for."""
    with path.open("rb") as stream:
        head = stream.read(8)
        order = _BYTE_ORDERS.get(head[:4])
        if order is None or len(head) < 8:
            return UPRIGHT
        (offset,) = struct.unpack(f"{order}I", head[4:])
        stream.seek(offset)
        return _in_directory(head[:4] + stream.read(2 + _MOST_ENTRIES * _ENTRY_BYTES), 4, at_start=True)


def swaps_axes(orientation: int) -> bool:
    """Tell whether the picture that is shown has the height of the stored one as its width."""
    return orientation >= _FROM_HERE_AXES_SWAP


def turned(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Return ``(..., H, W)`` as a viewer shows it."""
    rows_first = np.swapaxes(pixels, -2, -1) if swaps_axes(orientation) else pixels
    upside_down, mirrored = orientation in {3, 4, 7, 8}, orientation in {2, 3, 6, 7}
    return np.ascontiguousarray(rows_first[..., :: -1 if upside_down else 1, :: -1 if mirrored else 1])


def _in_directory(data: bytes, start: int, at_start: bool = False) -> int:
    """Return the orientation in the first directory of TIFF-structured ``data``, 1 where it has none.

    at_start: the directory begins at ``start``; else the offset behind the signature tells where.
    """
    order = _BYTE_ORDERS.get(data[:4])
    if order is None:
        return UPRIGHT
    try:
        offset = start if at_start else struct.unpack_from(f"{order}I", data, 4)[0]
        (count,) = struct.unpack_from(f"{order}H", data, offset)
        for number in range(min(count, _MOST_ENTRIES)):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", data, offset + 2 + number * _ENTRY_BYTES)
            if (tag, kind) == (_TAG, _SHORT):
                return value if UPRIGHT <= value <= 8 else UPRIGHT
    except struct.error:
        return UPRIGHT  # the directory is cut off
    return UPRIGHT

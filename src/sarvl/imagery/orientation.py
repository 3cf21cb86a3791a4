"""EXIF orientation: how a camera or a viewer has turned a picture, and the pixels turned so."""

import struct
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sarvl.imagery.containers import Container, container_of, exif_of

UPRIGHT = 1
"""The EXIF orientation of a picture that is shown as it is stored."""
_TAG, _SHORT = 0x0112, 3
_FROM_HERE_AXES_SWAP = 5
_SIGNATURE_BYTES = 8
_MOST_ENTRIES = 4096


def orientation_of(data: bytes) -> int:
    """Return the EXIF orientation, 1 to 8, of a JPEG or PNG file from its bytes; 1 where it says none.

    Source: CIPA DC-008 (Exif 2.32), tag 274; PNG specification, third edition, chunk ``eXIf``, which may stand behind
    the pixels.
    """
    kind = container_of(data[:_SIGNATURE_BYTES])
    exif = exif_of(kind, data) if kind in (Container.JPEG, Container.PNG) else b""
    return _in_directory(exif, _CLASSIC)


def file_orientation(path: Path, head: bytes) -> int:
    """Return the same of a file that begins with ``head``, without reading its pixels."""
    if path.stat().st_size <= len(head):
        return orientation_of(head)
    with path.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as data:
        return orientation_of(data)  # type: ignore[arg-type]  # it can be sliced and searched as bytes can


def tiff_orientation(path: Path) -> int:
    """Return the same of a TIFF or BigTIFF file, from its first directory."""
    with path.open("rb") as stream:
        head = stream.read(16)
        form = _CLASSIC if head[:4] in _CLASSIC.orders else _BIG
        try:
            offset = form.offset_in(head)
            stream.seek(offset)
        except (struct.error, KeyError, ValueError, OverflowError, OSError):
            return UPRIGHT
        return _in_entries(
            stream.read(form.count_bytes + _MOST_ENTRIES * form.entry_bytes), form.orders[head[:4]], form
        )


def swaps_axes(orientation: int) -> bool:
    """Tell whether the picture that is shown has the height of the stored one as its width."""
    return orientation >= _FROM_HERE_AXES_SWAP


def turned(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Return ``(..., H, W)`` as a viewer shows it."""
    rows_first = np.swapaxes(pixels, -2, -1) if swaps_axes(orientation) else pixels
    upside_down, mirrored = orientation in {3, 4, 7, 8}, orientation in {2, 3, 6, 7}
    return np.ascontiguousarray(rows_first[..., :: -1 if upside_down else 1, :: -1 if mirrored else 1])


def _in_directory(data: bytes, form: "_Form") -> int:
    """Return the orientation in the first directory of TIFF-structured ``data``, 1 where it has none."""
    try:
        return _in_entries(data[form.offset_in(data) :], form.orders[data[:4]], form)
    except (struct.error, KeyError):
        return UPRIGHT


def _in_entries(directory: bytes, order: str, form: "_Form") -> int:
    try:
        (count,) = struct.unpack_from(f"{order}{form.number}", directory)
        for number in range(min(count, _MOST_ENTRIES)):
            place = form.count_bytes + number * form.entry_bytes
            tag, kind, _, value = struct.unpack_from(f"{order}HH{form.offset}H", directory, place)
            if (tag, kind) == (_TAG, _SHORT):
                return value if UPRIGHT <= value <= 8 else UPRIGHT
    except struct.error:
        return UPRIGHT  # the directory is cut off
    return UPRIGHT


class _Form(NamedTuple):
    """How a TIFF is laid out: where the offset of its directory stands, and the struct codes of that and of its count.

    orders: signature -> byte order.
    """

    orders: dict[bytes, str]
    start: int
    offset: str
    number: str
    count_bytes: int
    entry_bytes: int

    def offset_in(self, head: bytes) -> int:
        """Return where the first directory begins; KeyError or struct.error where the head does not say it."""
        (offset,) = struct.unpack_from(f"{self.orders[head[:4]]}{self.offset}", head, self.start)
        return int(offset)


_CLASSIC = _Form({b"II*\0": "<", b"MM\0*": ">"}, start=4, offset="I", number="H", count_bytes=2, entry_bytes=12)
_BIG = _Form({b"II+\0": "<", b"MM\0+": ">"}, start=8, offset="Q", number="Q", count_bytes=8, entry_bytes=20)

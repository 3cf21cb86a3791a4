"""The structure of PNG, JPEG and BMP files: size and completeness, without decoding."""

import re
import struct
import zlib
from collections.abc import Iterator
from enum import StrEnum

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG_SIGNATURE = b"\xff\xd8\xff"
BMP_SIGNATURE = b"BM"

# ITU-T T.81, table B.1: all SOFn but DHT (C4), JPG (C8) and DAC (CC).
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_JPEG_SCAN, _JPEG_END, _JPEG_APP1 = 0xDA, 0xD9, 0xE1
_JPEG_EXIF = b"Exif\0\0"
_JPEG_MARKER_AFTER_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
_BMP_CORE_HEADER_BYTES = 12
_BMP_UNCOMPRESSED = (0, 3)


class Container(StrEnum):
    """The formats of this module."""

    PNG = "PNG"
    JPEG = "JPEG"
    BMP = "BMP"


class BrokenContainerError(Exception):
    """The bytes end, or stop making sense, before the structure is complete."""


def container_of(head: bytes) -> Container | None:
    """Name the format from the first bytes of a file, or None where it is none of these."""
    signatures = {
        PNG_SIGNATURE: Container.PNG,
        JPEG_SIGNATURE: Container.JPEG,
        BMP_SIGNATURE: Container.BMP,
    }
    return next((kind for signature, kind in signatures.items() if head.startswith(signature)), None)


def container_size(kind: Container, data: bytes) -> tuple[int, int]:
    """Return (width, height) in pixels from the header; BrokenContainerError where ``data`` ends before it says so."""
    try:
        return {Container.PNG: _png_size, Container.JPEG: _jpeg_size, Container.BMP: _bmp_size}[kind](data)
    except (struct.error, IndexError) as problem:
        raise BrokenContainerError("the header is cut off") from problem


def exif_of(kind: Container, data: bytes) -> bytes:
    """Return the EXIF data, which has the structure of TIFF; empty where there are none.

    In a PNG these may stand behind the pixels, so that ``data`` is all of the file, perhaps as ``mmap`` has it.
    """
    try:
        exif = _jpeg_exif(data) if kind is Container.JPEG else _png_exif(data) if kind is Container.PNG else b""
    except (struct.error, IndexError):
        return b""
    return exif


def _jpeg_exif(data: bytes) -> bytes:
    for marker, position in _jpeg_segments(data):
        if marker == _JPEG_SCAN or marker in _JPEG_FRAMES:
            break
        start = position + 2 + len(_JPEG_EXIF)
        if marker == _JPEG_APP1 and data[position + 2 : start] == _JPEG_EXIF:
            (length,) = struct.unpack_from(">H", data, position)
            return data[start : position + length]
    return b""


def _png_exif(data: bytes) -> bytes:
    position = len(PNG_SIGNATURE)
    kind = b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, position)
        if kind == b"eXIf":
            return data[position + 8 : position + 8 + length]
        position += 12 + length
    return b""


def check_complete(kind: Container, data: bytes) -> None:
    """Raise BrokenContainerError unless ``data`` holds the whole file; bytes after its end are allowed.

    PNG: every chunk up to IEND with its CRC. JPEG: every segment and scan up to EOI. BMP: all rows, where they are
    stored uncompressed. Decoders differ in what they do with cut files (some fill with grey), so this is checked first.
    """
    try:
        {Container.PNG: _check_png, Container.JPEG: _check_jpeg, Container.BMP: _check_bmp}[kind](data)
    except (struct.error, IndexError) as problem:
        raise BrokenContainerError("it ends too early") from problem


def _png_size(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _check_png(data: bytes) -> None:
    position = len(PNG_SIGNATURE)
    kind = b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 8 + length
        (stored,) = struct.unpack_from(">I", data, end)
        if zlib.crc32(memoryview(data)[position + 4 : end]) != stored:
            raise BrokenContainerError(f"chunk {kind.decode('latin-1')} fails its checksum")
        position = end + 4


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield (marker, position of its payload) from SOI to EOI; IndexError where the data ends before EOI."""
    position = 2
    while True:
        position = _after(data, position, b"\xff")
        while data[position] == 0xFF:
            position += 1
        marker = data[position]
        position += 1
        yield marker, position
        if marker == _JPEG_END:
            return
        if marker not in _JPEG_STANDALONE:
            position += int(struct.unpack_from(">H", data, position)[0])
        if marker == _JPEG_SCAN:
            following = _JPEG_MARKER_AFTER_SCAN.search(data, position)
            position = following.start() if following else len(data)


def _after(data: bytes, position: int, byte: bytes) -> int:
    """Return the position after the next ``byte``; decoders skip what stands between two segments."""
    index = data.find(byte, position)
    return index + 1 if index >= 0 else len(data)


def _jpeg_size(data: bytes) -> tuple[int, int]:
    for marker, position in _jpeg_segments(data):
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, position + 3)
            return width, height
    raise BrokenContainerError("it has no frame header")


def _check_jpeg(data: bytes) -> None:
    for _ in _jpeg_segments(data):
        pass


def _bmp_size(data: bytes) -> tuple[int, int]:
    (header_bytes,) = struct.unpack_from("<I", data, 14)
    width, height = struct.unpack_from("<HH" if header_bytes == _BMP_CORE_HEADER_BYTES else "<ii", data, 18)
    return width, abs(height)


def _check_bmp(data: bytes) -> None:
    (header_bytes,) = struct.unpack_from("<I", data, 14)
    is_core = header_bytes == _BMP_CORE_HEADER_BYTES
    (bits,) = struct.unpack_from("<H", data, 24 if is_core else 28)
    (compression,) = (0,) if is_core else struct.unpack_from("<I", data, 30)
    width, height = _bmp_size(data)
    (start,) = struct.unpack_from("<I", data, 10)
    row_bytes = (width * bits + 31) // 32 * 4
    if compression in _BMP_UNCOMPRESSED and start + row_bytes * height > len(data):
        raise BrokenContainerError("it ends too early")

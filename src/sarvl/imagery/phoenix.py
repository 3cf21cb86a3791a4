"""Raw MSTAR chips in the Phoenix format: text header, big-endian float32 magnitude, then phase."""

from math import isfinite
from pathlib import Path

import numpy as np

from sarvl.errors import ImageError
from sarvl.files import FilePath
from sarvl.imagery.stored_image import StoredImage, check_size

_SIGNATURE = b"[PhoenixHeaderVer"
_HEADER_END = b"[EndofPhoenixHeader]"
_BYTES_PER_PIXEL = 8  # float32 magnitude and float32 phase


def is_phoenix(head: bytes) -> bool:
    """Tell a Phoenix file from its first 32 bytes; most of the public release begin with an empty line."""
    return head.lstrip().startswith(_SIGNATURE)


def phoenix_header(path: FilePath, data: bytes) -> dict[str, str]:
    """Return the ``key= value`` lines of a Phoenix header (MSTAR public release); ``path`` is for messages."""
    end = data.find(_HEADER_END)
    if end < 0:
        raise ImageError(f"{path}: the Phoenix header has no end; the file is truncated, get it again")
    lines = data[:end].decode("latin-1").splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line)
    return {key.strip(): value.strip() for key, value in pairs}


def phoenix_size(path: Path, header: dict[str, str]) -> tuple[int, int]:
    """Return (width, height) in pixels as the header announces them."""
    return int(_number(path, header, "NumberOfColumns")), int(_number(path, header, "NumberOfRows"))


def read_phoenix(path: Path, data: bytes) -> StoredImage:
    """Decode a chip to complex64 ``(1, H, W)``: rows are range, columns cross-range; the band is its polarisation."""
    header = phoenix_header(path, data)
    width, height = phoenix_size(path, header)
    check_size(path, width, height)
    native_bytes = _number(path, header, "native_header_length") if header.get("native_header_length") else 0
    start = int(_number(path, header, "PhoenixHeaderLength") + native_bytes)
    end = start + _BYTES_PER_PIXEL * width * height
    if start < 0 or int(_number(path, header, "PhoenixSigSize")) != end:
        raise ImageError(f"{path}: not one float32 magnitude and phase chip; only chips are read, not full scenes")
    if len(data) < end:
        raise ImageError(f"{path}: truncated Phoenix file ({len(data)} of {end} bytes); get it again")
    blocks = np.frombuffer(data, ">f4", 2 * width * height, start).astype(np.float32)
    magnitude, phase = blocks.reshape(2, 1, height, width)
    pixels = np.empty((1, height, width), np.complex64)
    with np.errstate(invalid="ignore"):  # what is not finite is refused with the other values
        pixels.real = magnitude * np.cos(phase)
        pixels.imag = magnitude * np.sin(phase)
    return StoredImage(pixels, (header.get("Polarization") or "1",), spacing_m=_spacing_m(path, header))


def _spacing_m(path: Path, header: dict[str, str]) -> tuple[float, float] | None:
    if "RangePixelSpacing" not in header or "CrossRangePixelSpacing" not in header:
        return None
    spacing_m = _number(path, header, "RangePixelSpacing"), _number(path, header, "CrossRangePixelSpacing")
    if min(spacing_m) <= 0:
        raise ImageError(f"{path}: Phoenix header with a pixel spacing of {min(spacing_m):g} m; get the file again")
    return spacing_m


def _number(path: Path, header: dict[str, str], key: str) -> float:
    try:
        value = float(header[key])
    except (KeyError, ValueError) as problem:
        raise ImageError(f"{path}: Phoenix header without a number for {key}; get the file again") from problem
    if not isfinite(value):
        raise ImageError(f"{path}: Phoenix header with {value} for {key}; get the file again")
    return value

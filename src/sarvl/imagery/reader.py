"""Reads image files into SarImage, and their size without decoding."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from sarvl.errors import ImageError, unreadable
from sarvl.files import file_bytes
from sarvl.imagery.containers import BrokenContainerError, Container, container_of, container_size
from sarvl.imagery.declaration import declare
from sarvl.imagery.geotiff import TIFF_SIGNATURES, geotiff_position, geotiff_size, read_geotiff
from sarvl.imagery.nodata import with_nodata
from sarvl.imagery.opencv_image import read_opencv
from sarvl.imagery.orientation import UPRIGHT, file_orientation, swaps_axes, turned
from sarvl.imagery.phoenix import is_phoenix, phoenix_header, phoenix_size, read_phoenix
from sarvl.imagery.sar_image import Quantity, SarImage
from sarvl.imagery.stored_image import StoredImage, check_size, chosen_bands

MAX_FILE_BYTES = 2**32
_HEAD_BYTES = 2**16
_SIGNATURE_BYTES = 32


class Reading(NamedTuple):
    """How a file is read, so that it is always read the same: fields as the arguments of ``read_image``."""

    quantity: Quantity | str | None = None
    bands: tuple[str, ...] | None = None
    nodata: tuple[str, ...] = ()
    size: tuple[int, int] | None = None


def read_image(
    path: Path | str,
    quantity: Quantity | str | None = None,
    bands: Sequence[str] | str | None = None,
    *,
    nodata: Sequence[str | float] = (),
    size: tuple[int, int] | None = None,
    data: bytes | None = None,
) -> SarImage:
    """Read a PNG, JPEG, BMP, TIFF, GeoTIFF or raw MSTAR Phoenix file; the format is told from its content.

    quantity: what a pixel is. Needed where the file does not say it: floats and integers of more than 8 bits. Complex
        data is ``complex`` and bytes are ``display`` by default. A file says it by its data type, by the GeoTIFF tag
        ``SARVL_QUANTITY``, or by ``dB`` in the unit or description of every band read.
    bands: names, or numbers from "1", of the bands to keep and their order; all where None.
    nodata: values of pixels without a measurement that the file does not declare, such as "nan", "-inf" or -9999.
    size: (width, height) that annotations declare. A picture is turned as its EXIF orientation says, as a viewer shows
        it, unless this is the size of the stored pixels and not of the shown ones.
    data: the bytes of the file, where they have been read before, so that only TIFF is read again.

    Returns pixels ``(bands, H, W)`` as SarImage describes them. Integers that are not ``display`` become float32
    digital numbers with ``full_scale`` the largest value of their type. ``nodata`` comes from alpha 0, a TIFF mask or
    its no-data value (and NaN where it declares one); pixels under it are 0.

    Raises ImageError (one line: the file, what is wrong, what to do) for a file that is missing, no image, truncated,
    of unknown or contradicted quantity, too large, of zero size, constant, or not finite where data is valid.
    """
    path = path if isinstance(path, Path) else Path(path)  # making a path costs a tenth of decoding a chip
    head = data[:_SIGNATURE_BYTES] if data else _read(path, _SIGNATURE_BYTES)
    try:
        if head.startswith(TIFF_SIGNATURES):
            stored = read_geotiff(path, bands)
        else:
            stored = chosen_bands(path, _decode(path, head, data), bands)
        return declare(path, _as_shown(with_nodata(stored, nodata), size), quantity)
    except MemoryError as problem:
        raise ImageError(f"{path}: does not fit into memory; cut it into tiles first") from problem


def read_size(path: Path | str, as_stored: bool = False) -> tuple[int, int]:
    """Return (width, height) in pixels from the header alone; ImageError as ``read_image``, as far as it shows.

    It is that of the picture as a viewer shows it, turned by its EXIF orientation; ``as_stored`` asks for the other.
    """
    path = Path(path)
    head = _read(path, _HEAD_BYTES)
    orientation = UPRIGHT
    if head.startswith(TIFF_SIGNATURES):
        (width, height), orientation = geotiff_size(path)
    elif is_phoenix(head):
        width, height = phoenix_size(path, phoenix_header(path, head))
    else:
        width, height = _container_size(path, head)
        orientation = file_orientation(path, head)
    check_size(path, width, height)
    return (height, width) if swaps_axes(orientation) and not as_stored else (width, height)


def read_position(path: Path | str) -> tuple[float, float] | None:
    """Return (longitude, latitude) of the centre in degrees, WGS 84, or None where the file holds no georeference."""
    path = Path(path)
    return geotiff_position(path) if _read(path, _SIGNATURE_BYTES).startswith(TIFF_SIGNATURES) else None


def _as_shown(stored: StoredImage, size: tuple[int, int] | None) -> StoredImage:
    """Return the image turned by its orientation, unless ``size`` says that its pixels are meant as they are stored."""
    if stored.orientation == UPRIGHT:
        return stored
    height, width = stored.pixels.shape[1:]
    told = f"EXIF orientation {stored.orientation}"
    if swaps_axes(stored.orientation) and width != height and size == (width, height):
        note = f"{told} not heeded: the declared size is that of the stored pixels"
        return replace(stored, notes=(*stored.notes, note))
    return replace(
        stored,
        pixels=turned(stored.pixels, stored.orientation),
        nodata=None if stored.nodata is None else turned(stored.nodata, stored.orientation),
        notes=(*stored.notes, f"{told}: turned as a viewer shows it"),
    )


def _read(path: Path, limit: int | None = None) -> bytes:
    """Return the first ``limit`` bytes of a file, or all of them."""
    try:
        if file_bytes(path) > MAX_FILE_BYTES and limit is None:
            raise ImageError(f"{path}: larger than {MAX_FILE_BYTES} bytes; cut it into tiles first")
        with path.open("rb") as stream:
            data = stream.read() if limit is None else stream.read(limit)
    except OSError as problem:
        raise ImageError(unreadable(path, problem)) from problem
    if not data:
        raise ImageError(f"{path}: zero size (no bytes); get the file again")
    return data


def _container(path: Path, head: bytes) -> Container:
    kind = container_of(head)
    if kind is None:
        raise ImageError(f"{path}: not an image (PNG, JPEG, BMP, TIFF or MSTAR Phoenix); convert it or leave it out")
    return kind


def _container_size(path: Path, head: bytes) -> tuple[int, int]:
    kind = _container(path, head)
    try:
        return container_size(kind, head)
    except BrokenContainerError:
        pass  # metadata such as a colour profile may stand before the frame header
    try:
        return container_size(kind, _read(path))
    except BrokenContainerError as problem:
        raise ImageError(f"{path}: truncated or damaged {kind} ({problem}); get the file again") from problem


def _decode(path: Path, head: bytes, data: bytes | None) -> StoredImage:
    if is_phoenix(head):
        return read_phoenix(path, data or _read(path))
    kind = _container(path, head)
    return read_opencv(path, kind, data or _read(path))

"""Reads image files into SarImage, and their size without decoding."""

from collections.abc import Sequence
from pathlib import Path

from sarvl.errors import ImageError, unreadable
from sarvl.files import file_bytes
from sarvl.imagery.containers import BrokenContainerError, Container, container_of, container_size
from sarvl.imagery.declaration import declare
from sarvl.imagery.geotiff import TIFF_SIGNATURES, geotiff_position, geotiff_size, read_geotiff
from sarvl.imagery.opencv_image import read_opencv
from sarvl.imagery.phoenix import is_phoenix, phoenix_header, phoenix_size, read_phoenix
from sarvl.imagery.sar_image import Quantity, SarImage
from sarvl.imagery.stored_image import StoredImage, check_size, chosen_bands

MAX_FILE_BYTES = 2**32
_HEAD_BYTES = 2**16
_SIGNATURE_BYTES = 32


def read_image(
    path: Path | str,
    quantity: Quantity | str | None = None,
    bands: Sequence[str] | str | None = None,
    data: bytes | None = None,
) -> SarImage:
    """Read a PNG, JPEG, BMP, TIFF, GeoTIFF or raw MSTAR Phoenix file; the format is told from its content.

    quantity: what a pixel is. Needed where the file does not say it: floats and integers of more than 8 bits. Complex
        data is ``complex`` and bytes are ``display`` by default. A file says it by its data type, by the GeoTIFF tag
        ``SARVL_QUANTITY``, or by ``dB`` in the unit or description of every band read.
    bands: names, or numbers from "1", of the bands to keep and their order; all where None.
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
            return declare(path, read_geotiff(path, bands), quantity)
        return declare(path, chosen_bands(path, _decode(path, head, data), bands), quantity)
    except MemoryError as problem:
        raise ImageError(f"{path}: does not fit into memory; cut it into tiles first") from problem


def read_size(path: Path | str) -> tuple[int, int]:
    """Return (width, height) in pixels from the header alone; ImageError as ``read_image``, as far as it shows."""
    path = Path(path)
    head = _read(path, _HEAD_BYTES)
    if head.startswith(TIFF_SIGNATURES):
        width, height = geotiff_size(path)
    elif is_phoenix(head):
        width, height = phoenix_size(path, phoenix_header(path, head))
    else:
        width, height = _container_size(path, head)
    check_size(path, width, height)
    return width, height


def read_position(path: Path | str) -> tuple[float, float] | None:
    """Return (longitude, latitude) of the centre in degrees, WGS 84, or None where the file holds no georeference."""
    path = Path(path)
    return geotiff_position(path) if _read(path, _SIGNATURE_BYTES).startswith(TIFF_SIGNATURES) else None


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

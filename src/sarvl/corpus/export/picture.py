"""The picture of an image in an export: the file as it is where other libraries can open it, else a PNG."""

from pathlib import Path
from typing import Literal, NamedTuple

import cv2
import numpy as np

from sarvl.corpus.rows import CorpusImage
from sarvl.errors import CorpusError, unreadable
from sarvl.files import sha256_of
from sarvl.imagery import UPRIGHT, Quantity, orientation_of, read_image, render_display
from sarvl.imagery.containers import JPEG_SIGNATURE, PNG_SIGNATURE

ImageFormat = Literal["keep", "png"]
Treatment = Literal["kept", "converted", "rendered"]
_OWN_BANDS = (("gray",), ("red", "green", "blue"))
_PNG_COLOUR_TYPE = 25
_PNG_GREY_OR_RGB = (0, 2)


class Picture(NamedTuple):
    """An 8-bit JPEG or PNG: its bytes, its extension, and what was done with it.

    kept: the bytes of the file. converted: a PNG of the same values. rendered: made from a physical quantity.
    """

    data: bytes
    extension: Literal["jpg", "png"]
    treatment: Treatment


def picture_of(path: Path, image: CorpusImage, image_format: ImageFormat) -> Picture:
    """Return the picture of ``image``, whose file on this machine is ``path``.

    Kept as they are: JPEG, and PNG without alpha or palette, of ``display`` pixels whose bands are all in use. One with
    an EXIF orientation is turned as its boxes have it.
    Physical quantities go through ``render_display`` with the looks of the image (1 where they are not known).

    Raises CorpusError where the file is gone or is not the one that the corpus was built from, or where it has neither
    one band nor three; ImageError where it cannot be decoded.
    """
    data = _checked_bytes(path, image.sha256)
    is_display = image.quantity == Quantity.DISPLAY
    is_upright = orientation_of(data) == UPRIGHT  # else libraries differ in how they show it
    if image_format == "keep" and is_display and is_upright and image.bands in _OWN_BANDS:
        if data.startswith(JPEG_SIGNATURE):
            return Picture(data, "jpg", "kept")
        if _is_plain_png(data):
            return Picture(data, "png", "kept")
    return Picture(_png_of(path, image), "png", "converted" if is_display else "rendered")


def _is_plain_png(data: bytes) -> bool:
    header = data[: data.find(b"IDAT")]
    return data.startswith(PNG_SIGNATURE) and data[_PNG_COLOUR_TYPE] in _PNG_GREY_OR_RGB and b"tRNS" not in header


def _checked_bytes(path: Path, sha256: str) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise CorpusError(unreadable(path, problem, "put the image back, or build the corpus again")) from problem
    if sha256_of(data) != sha256:
        raise CorpusError(f"{path}: is not the file that the corpus was built from; build the corpus again")
    return data


def _png_of(path: Path, image: CorpusImage) -> bytes:
    read = read_image(path, **image.reading._asdict())
    if len(read.bands) not in (1, 3):
        names = ", ".join(read.bands)
        raise CorpusError(
            f"{path}: {len(read.bands)} bands ({names}), a picture has one or three; choose with `bands`, build again"
        )
    shown = render_display(read, looks=image.annotation.looks or 1.0).pixels  # (bands, H, W)
    _, encoded = cv2.imencode(".png", np.ascontiguousarray(shown[::-1].transpose(1, 2, 0)))  # OpenCV wants BGR
    return encoded.tobytes()

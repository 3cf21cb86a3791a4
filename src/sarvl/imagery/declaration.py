"""Settles which physical quantity a file holds, from the file and the user's word, and checks the values against it."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarvl.errors import ImageError, UnknownQuantityError
from sarvl.imagery.sar_image import Quantity, SarImage
from sarvl.imagery.stored_image import StoredImage


def declare(path: Path, stored: StoredImage, quantity: Quantity | str | None) -> SarImage:
    """Return the image with its quantity; ImageError where that is unknown, contradicted, or the values rule it out.

    Pixels under ``nodata`` become 0, so that no fill value enters a computation.
    """
    settled = _settle(path, stored, _parse(path, quantity))
    pixels = _converted(stored.pixels, settled)
    if stored.nodata is not None:
        pixels = np.where(stored.nodata, pixels.dtype.type(0), pixels)
    _check_values(path, pixels, stored.nodata, settled)
    return SarImage(
        pixels=pixels,
        quantity=settled,
        bands=stored.bands,
        full_scale=_full_scale(stored, settled),
        spacing_m=stored.spacing_m,
        nodata=stored.nodata,
        georeference=stored.georeference,
        path=path,
        notes=stored.notes,
    )


def _parse(path: Path, quantity: Quantity | str | None) -> Quantity | None:
    if quantity is not None and quantity not in set(Quantity):
        raise ImageError(f"{path}: unknown quantity {quantity}; set `quantity` to one of {', '.join(Quantity)}")
    return None if quantity is None else Quantity(quantity)


def _settle(path: Path, stored: StoredImage, declared: Quantity | None) -> Quantity:
    kind = stored.pixels.dtype
    in_file = Quantity.COMPLEX if kind.kind == "c" else stored.quantity
    if declared and in_file and declared != in_file:
        raise ImageError(
            f"{path}: declared {declared}, but the file says {in_file}; leave `quantity` out, then convert"
        )
    settled = declared or in_file or (Quantity.DISPLAY if kind == np.uint8 else None)
    if settled is None:
        choices = ", ".join(q for q in Quantity if q not in (Quantity.COMPLEX, Quantity.DISPLAY))
        raise UnknownQuantityError(f"{path}: {kind} pixels of unknown quantity; set `quantity` to one of {choices}")
    if settled is Quantity.COMPLEX and kind.kind != "c":
        raise ImageError(f"{path}: declared complex, but its pixels are {kind}; set `quantity` to what they are")
    if settled is Quantity.DISPLAY and kind != np.uint8:
        raise ImageError(f"{path}: declared display, which is 8-bit, but its pixels are {kind}; set another `quantity`")
    if settled is Quantity.DECIBEL and kind.kind == "u":
        raise ImageError(f"{path}: {kind} cannot hold negative decibels; set `quantity` to amplitude or intensity")
    return settled


def _converted(pixels: NDArray[Any], quantity: Quantity) -> NDArray[Any]:
    if quantity is Quantity.DISPLAY:
        return pixels
    with np.errstate(over="ignore"):
        return pixels.astype(np.complex64 if quantity is Quantity.COMPLEX else np.float32, copy=False)


def _full_scale(stored: StoredImage, quantity: Quantity) -> float | None:
    if quantity in (Quantity.DISPLAY, Quantity.DECIBEL):
        return None
    if stored.pixels.dtype.kind in "iu":
        return float(np.iinfo(stored.pixels.dtype).max)
    return stored.full_scale


def _check_values(path: Path, pixels: NDArray[Any], nodata: NDArray[np.bool_] | None, quantity: Quantity) -> None:
    if pixels.dtype != np.uint8 and not np.isfinite(pixels).all():
        raise ImageError(
            f"{path}: NaN or infinite pixels outside any declared no-data; set `nodata` of the source, or mend the file"
        )
    if quantity in (Quantity.AMPLITUDE, Quantity.INTENSITY) and (pixels < 0).any():
        raise ImageError(f"{path}: negative values, which {quantity} cannot have; set `quantity` to what they are")
    valid = pixels.reshape(len(pixels), -1) if nodata is None else pixels[:, ~nodata]  # (bands, valid pixels)
    if valid.shape[1] == 0:
        raise ImageError(f"{path}: every pixel is no-data; leave this file out")
    if (valid == valid[:, :1]).all():
        raise ImageError(f"{path}: all pixels have the value {valid[0, 0]}; an image without content, leave it out")

"""What a file holds before its quantity is settled, and the limits that hold for every format."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarvl.errors import ImageError
from sarvl.imagery.sar_image import Georeference, Quantity

MAX_PIXELS = 2**28
"""The most pixels of an image that is read."""
MAX_BANDS = 1024
GREY, COLOURS = ("gray",), ("red", "green", "blue")
"""Names of the bands of a picture."""
MAX_BYTES = 16 * MAX_PIXELS  # four bands of float32


@dataclass(frozen=True, slots=True)
class StoredImage:
    """The samples of a file in their own data type, with what the file says of them.

    pixels: ``(bands, H, W)`` in the data type of the file.
    quantity: the physical quantity where the file names it, else None.
    full_scale: set where the data type no longer shows that the samples were integers (integer complex).
    orientation: of EXIF, 1 to 8. notes: what of the file is not read.
    """

    pixels: NDArray[Any]
    bands: tuple[str, ...]
    quantity: Quantity | None = None
    full_scale: float | None = None
    spacing_m: tuple[float, float] | None = None
    nodata: NDArray[np.bool_] | None = None
    georeference: Georeference | None = None
    orientation: int = 1
    notes: tuple[str, ...] = ()


def check_size(path: Path, width: int, height: int, bands: int = 1, sample_bytes: int = 4) -> None:
    """Raise ImageError where a header announces no pixels, or more than may be decoded."""
    if width < 1 or height < 1:
        raise ImageError(f"{path}: zero size ({width} x {height} pixels); make the file again")
    if width * height > MAX_PIXELS:
        raise ImageError(f"{path}: {width} x {height} is more than {MAX_PIXELS} pixels; cut it into tiles first")
    if width * height * bands * sample_bytes > MAX_BYTES:
        raise ImageError(f"{path}: {bands} bands of {width} x {height} are too much at once; choose some with `bands`")


def chosen_bands(path: Path, stored: StoredImage, wanted: Sequence[str] | str | None) -> StoredImage:
    """Return the image with the wanted bands alone, as ``select_bands`` finds them."""
    if wanted is None:
        return stored
    chosen = select_bands(path, stored.bands, wanted)
    return replace(stored, pixels=stored.pixels[chosen], bands=tuple(stored.bands[i] for i in chosen))


def select_bands(path: Path, names: Sequence[str], wanted: Sequence[str] | str | None) -> list[int]:
    """Return the 0-based positions of the wanted bands, given by name or by number from "1"; all where None.

    A grey picture stands for its three equal colours: each of them is its one band.
    """
    if wanted is None:
        return list(range(len(names)))
    wanted = [wanted] if isinstance(wanted, str) else list(wanted)
    if tuple(names) == GREY and wanted and {*wanted} <= {*COLOURS}:
        return [0]
    positions = {str(number): number - 1 for number in range(1, len(names) + 1)}
    positions |= {name: position for position, name in enumerate(names)}
    absent = [name for name in wanted if name not in positions]
    if absent or not wanted:
        raise ImageError(f"{path}: no band {', '.join(absent) or 'asked for'}; available: {', '.join(names)}")
    return [positions[name] for name in wanted]

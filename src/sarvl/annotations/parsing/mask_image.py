"""Reading a semantic mask: one class code a pixel, from PNG, BMP, TIFF or JPEG."""

import warnings
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError  # what GDAL says, where rasterio does not name it anew; no public name
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import MemoryFile

from sarvl.errors import ImageError, unreadable
from sarvl.files import file_bytes
from sarvl.imagery import read_size
from sarvl.imagery.containers import BrokenContainerError, check_complete, container_of
from sarvl.imagery.geotiff import TIFF_SIGNATURES
from sarvl.imagery.orientation import UPRIGHT, orientation_of, tiff_orientation

MAX_MASK_BYTES = 2**31
_NUMBERS = frozenset({*(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)), "float32", "float64"})
_LARGEST_CODE = 2**53  # above it floats skip whole numbers


UNLABELLED = -(2**62)
"""The code of pixels that have none: NaN, or the no-data value that a TIFF declares."""


def read_mask(path: Path, colours: bool, named: Collection[int] = ()) -> NDArray[Any]:
    """Return the class codes ``(H, W)`` of a mask as integers.

    Where ``colours`` is false these are the stored indices, of a palette too, once or in equal channels; where it is
    true they are 0xRRGGBB. Floats are read where all of them are whole or NaN, which is UNLABELLED; so is the no-data
    value that the file declares, unless it is one of the codes that are ``named``.
    ImageError where the file is broken or too large, has no whole numbers, or does not hold what is asked for.
    """
    read_size(path)  # refuses what is too large to decode
    samples, palette, nodata = _decode(path)
    if samples.dtype.kind == "f":
        samples = _whole(samples, path)
    if not colours:
        indices = _indices(samples, path)
        is_absent = nodata is not None and nodata not in named and (indices == nodata)
        return np.where(is_absent, UNLABELLED, indices.astype(np.int64)) if np.any(is_absent) else indices
    if samples.dtype != np.uint8:
        raise ImageError(f"{path}: mask of {samples.dtype}; colours are bytes")
    if palette is not None:
        coloured: NDArray[Any] = palette[samples[0]]
        return coloured
    if len(samples) == 4 and (samples[3] != 255).any():
        raise ImageError(f"{path}: mask is transparent in places; save it without alpha")
    red, green, blue = np.broadcast_to(samples[:3], (3, *samples.shape[1:])).astype(np.int32)
    packed: NDArray[Any] = red << 16 | green << 8 | blue
    return packed


def _whole(samples: NDArray[Any], path: Path) -> NDArray[np.int64]:
    is_absent = np.isnan(samples)
    is_whole = is_absent | ((samples == np.rint(samples)) & (np.abs(samples) < _LARGEST_CODE))
    if not is_whole.all():
        odd = samples[~is_whole].flat[0]
        raise ImageError(f"{path}: mask of {samples.dtype} that holds {odd:g}; class codes are whole numbers")
    return np.where(is_absent, UNLABELLED, np.where(is_absent, 0, samples).astype(np.int64))


def _indices(samples: NDArray[Any], path: Path) -> NDArray[Any]:
    """Return the one plane of indices, or the first of equal ones beside a fourth that is opaque."""
    planes = samples[:3] if len(samples) == 4 and samples.dtype == np.uint8 and (samples[3] == 255).all() else samples
    if any(not np.array_equal(planes[0], other) for other in planes[1:]):
        raise ImageError(f"{path}: mask of {len(samples)} channels; name its colours in `classes`, not indices")
    indices: NDArray[Any] = planes[0]
    return indices


def _decode(path: Path) -> tuple[NDArray[Any], NDArray[Any] | None, float | None]:
    """Return samples ``(1, 3 or 4, H, W)``, the colour 0xRRGGBB of each index ``(256,)`` of a palette, and no data."""
    try:
        if file_bytes(path) > MAX_MASK_BYTES:
            raise ImageError(f"{path}: larger than {MAX_MASK_BYTES} bytes")
        data = path.read_bytes()
        if (tiff_orientation(path) if data.startswith(TIFF_SIGNATURES) else orientation_of(data)) != UPRIGHT:
            raise ImageError(f"{path}: mask with an EXIF orientation; save it upright, without it")
        kind = container_of(data)
        if kind:
            check_complete(kind, data)  # GDAL fills what a cut PNG lacks
        with warnings.catch_warnings(), MemoryFile(data) as memory:
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with memory.open(driver=str(kind or "GTiff")) as dataset:
                if dataset.count not in {1, 3, 4}:
                    raise ImageError(f"{path}: mask of {dataset.count} channels")
                if not {*dataset.dtypes} <= _NUMBERS:
                    raise ImageError(f"{path}: mask of {dataset.dtypes[0]}; class codes are whole numbers")
                is_palette = dataset.colorinterp[0] == ColorInterp.palette
                return dataset.read(), _packed(dataset.colormap(1)) if is_palette else None, dataset.nodata
    except (BrokenContainerError, RasterioError, CPLE_BaseError) as problem:  # some of rasterio's are OSErrors too
        reason = " ".join(str(problem.__cause__ or problem).split())
        raise ImageError(f"{path}: truncated or damaged ({reason})") from problem
    except OSError as problem:
        raise ImageError(unreadable(path, problem, "")) from problem


def _packed(palette: dict[int, tuple[int, ...]]) -> NDArray[Any]:
    colours = np.full(256, -1, np.int32)
    for index, (red, green, blue, *_) in palette.items():
        if index < len(colours):
            colours[index] = red << 16 | green << 8 | blue
    return colours

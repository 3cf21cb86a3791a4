"""TIFF and GeoTIFF through rasterio, with all that the file says about its samples."""

import math
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError  # raised bare outside of a projection; it has no public name
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.transform import GCPTransformer
from rasterio.warp import transform

from sarvl.errors import ImageError
from sarvl.imagery.opencv_image import merge_equal_channels
from sarvl.imagery.orientation import UPRIGHT, tiff_orientation
from sarvl.imagery.sar_image import Georeference, Quantity
from sarvl.imagery.stored_image import COLOURS, GREY, MAX_BANDS, StoredImage, check_size, chosen_bands, select_bands

TIFF_SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
QUANTITY_TAG = "SARVL_QUANTITY"
_DECIBEL_WORD = re.compile(r"(?<![A-Za-z])dB(?![A-Za-z])")
_COLOURS = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
_OPAQUE = 255
_MOST_SPACING_M = 1e7  # from the equator to a pole; no pixel is larger
_INTEGER_COMPLEX_FULL_SCALE = {"complex_int16": 32767.0, "complex_int32": 2147483647.0}


def geotiff_size(path: Path) -> tuple[tuple[int, int], int]:
    """Return (width, height) in pixels and the orientation from the header; ImageError where it cannot be read."""
    with _open(path) as dataset:
        return (int(dataset.width), int(dataset.height)), _orientation(path, dataset)


def geotiff_position(path: Path) -> tuple[float, float] | None:
    """Return (longitude, latitude) of the centre in degrees, WGS 84; None where there is no georeference.

    Ground control points serve where there is no transform, as in the products of Sentinel-1: GDAL's polynomial
    through them. ImageError where the georeference leads nowhere on the ground.
    """
    with _open(path) as dataset:
        there = _centre(path, dataset)
        if there is None:
            return None
        crs, x, y = there
        (longitude,), (latitude,) = transform(crs, "EPSG:4326", [x], [y])
    if not (abs(longitude) <= 360 and abs(latitude) <= 90):  # written so that NaN is refused too
        raise ImageError(f"{path}: its georeference gives no position on the ground; correct it")
    return float(longitude), float(latitude)


def _centre(path: Path, dataset: Any) -> tuple[Any, float, float] | None:
    """Return the coordinate system and the place of the centre in it."""
    column, row = dataset.width / 2, dataset.height / 2
    if dataset.crs is not None:
        return dataset.crs, *(dataset.transform * (column, row))
    points, crs = dataset.gcps
    if not points or crs is None:
        return None
    try:
        with GCPTransformer(points) as transformer:
            x, y = transformer.xy(row, column, offset="ul")
    except (RasterioError, CPLE_BaseError, ValueError) as problem:
        raise ImageError(f"{path}: its ground control points give no position ({problem}); correct them") from problem
    return crs, float(x), float(y)


def read_geotiff(path: Path, bands: Sequence[str] | str | None) -> StoredImage:
    """Read the chosen bands of a TIFF, with mask, georeference, spacing and the quantity where the file names it.

    Scale and offset that the file declares are applied. A palette, or a broken file, is an ImageError.
    """
    with _open(path) as dataset:
        numbers = _measured(path, dataset)
        names = _band_names(dataset, numbers)
        # Three colours are one grey band where they are equal, which their pixels tell: they are chosen from after it.
        is_picture = names == COLOURS
        chosen = range(3) if is_picture else select_bands(path, names, bands)
        numbers, names = [numbers[i] for i in chosen], tuple(names[i] for i in chosen)
        check_size(path, dataset.width, dataset.height, len(numbers), _sample_bytes(dataset))
        if ColorInterp.palette in dataset.colorinterp:
            raise ImageError(f"{path}: its pixels are indices into a palette; convert it to grey or RGB first")
        pixels: NDArray[Any] = dataset.read(numbers)  # (bands, H, W)
        nodata = _nodata(dataset, numbers, pixels)
        if is_picture:
            names, planes = merge_equal_channels(names, tuple(pixels))
            pixels = pixels[: len(planes)]
        scaled = _scaled(dataset, numbers[: len(pixels)], pixels)
        stored = StoredImage(
            pixels=scaled,
            bands=names,
            quantity=_quantity(path, dataset, numbers),
            full_scale=_INTEGER_COMPLEX_FULL_SCALE.get(dataset.dtypes[0]) if scaled is pixels else None,
            spacing_m=_spacing_m(dataset),
            nodata=nodata if nodata is not None and nodata.any() else None,
            georeference=_georeference(dataset),
            orientation=_orientation(path, dataset),
            notes=_notes(dataset),
        )
    return chosen_bands(path, stored, bands) if is_picture else stored


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    """Open with the TIFF driver alone, without listing the folder; whatever GDAL raises becomes an ImageError."""
    try:
        with warnings.catch_warnings(), rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="TRUE"):
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path, driver="GTiff") as dataset:
                if dataset.count > MAX_BANDS:  # each costs time, though a few bytes announce them
                    raise ImageError(f"{path}: {dataset.count} bands, more than {MAX_BANDS}; keep those that you need")
                yield dataset
    except UnicodeEncodeError as problem:
        raise ImageError(f"{path}: its name is not UTF-8; rename it") from problem
    except (RasterioError, CPLE_BaseError, UnicodeDecodeError) as problem:
        reason = " ".join(str(problem.__cause__ or problem).split())
        raise ImageError(f"{path}: truncated or damaged TIFF ({reason}); get the file again") from problem


def _measured(path: Path, dataset: Any) -> list[int]:
    """Return the numbers of the bands without alpha, also where it is not named as that and everywhere opaque."""
    numbers = [n for n, colour in enumerate(dataset.colorinterp, 1) if colour != ColorInterp.alpha]
    if not numbers:
        raise ImageError(f"{path}: holds no band but alpha; leave this file out")
    if len(numbers) != len(COLOURS) + 1 or dataset.colorinterp[:3] != _COLOURS or {*dataset.dtypes} != {"uint8"}:
        return numbers
    check_size(path, dataset.width, dataset.height)
    is_opaque = (dataset.read(numbers[-1]) == _OPAQUE).all()  # as OpenCV writes four channels
    return numbers[:-1] if is_opaque else numbers


def _of(numbers: list[int], values: Sequence[Any]) -> list[Any]:
    """Return what a file says of some of its bands; ``values`` is read once, as each reading asks for all bands."""
    return [values[n - 1] for n in numbers]


def _sample_bytes(dataset: Any) -> int:
    """Return how many bytes a sample takes in memory; integers become float32."""
    names = {"complex64" if name in _INTEGER_COMPLEX_FULL_SCALE else name for name in dataset.dtypes}
    return max(4, *(np.dtype(name).itemsize for name in names))


def _band_names(dataset: Any, numbers: list[int]) -> tuple[str, ...]:
    if tuple(_of(numbers, dataset.colorinterp)) == _COLOURS:
        return COLOURS
    names = tuple(name or str(n) for n, name in zip(numbers, _of(numbers, dataset.descriptions), strict=True))
    if names == ("1",) and dataset.dtypes[0] == "uint8":
        return GREY
    return names if len(set(names)) == len(names) else tuple(map(str, numbers))


def _quantity(path: Path, dataset: Any, numbers: list[int]) -> Quantity | None:
    tag = dataset.tags().get(QUANTITY_TAG)
    if tag is not None:
        if tag not in set(Quantity):
            raise ImageError(f"{path}: tag {QUANTITY_TAG}={tag} is none of {', '.join(Quantity)}; correct the tag")
        return Quantity(tag)
    said = zip(_of(numbers, dataset.units), _of(numbers, dataset.descriptions), strict=True)
    in_decibel = [bool(_DECIBEL_WORD.search(f"{unit or ''} {description or ''}")) for unit, description in said]
    if any(in_decibel) and not all(in_decibel):
        raise ImageError(f"{path}: some bands are in dB and some are not; choose those of one quantity with `bands`")
    return Quantity.DECIBEL if all(in_decibel) else None


def _nodata(dataset: Any, numbers: list[int], pixels: NDArray[Any]) -> NDArray[np.bool_] | None:
    """Return ``(H, W)``, True where there is no measurement, or None where the file declares none."""
    flags = {flag for flags in _of(numbers, dataset.mask_flag_enums) for flag in flags}
    if flags & {MaskFlags.per_dataset, MaskFlags.alpha}:
        outside: NDArray[np.bool_] = dataset.dataset_mask() == 0
        return outside
    if MaskFlags.nodata not in flags:
        return None
    values = _of(numbers, dataset.nodatavals)
    absent = np.stack([_is_nodata(plane, value) for plane, value in zip(pixels, values, strict=True)])
    # A saturated colour may equal the no-data value in one channel; a physical band without a value voids the pixel.
    combine = np.logical_and if pixels.dtype == np.uint8 else np.logical_or
    combined: NDArray[np.bool_] = combine.reduce(absent, axis=0)
    return combined


def _is_nodata(plane: NDArray[Any], value: float | None) -> NDArray[np.bool_]:
    """NaN stands for no data in any file that declares a no-data value."""
    if value is None:
        return np.zeros(plane.shape, np.bool_)
    matches = np.asarray(plane == value)
    return matches | np.isnan(plane) if plane.dtype.kind in "fc" else matches


def _scaled(dataset: Any, numbers: list[int], pixels: NDArray[Any]) -> NDArray[Any]:
    scales = np.array(_of(numbers, dataset.scales))[:, None, None]
    offsets = np.array(_of(numbers, dataset.offsets))[:, None, None]
    return pixels if (scales == 1).all() and (offsets == 0).all() else pixels * scales + offsets


def _orientation(path: Path, dataset: Any) -> int:
    """Return the orientation; of an image on the map, whose pixels lie as they are stored, it is none."""
    return UPRIGHT if dataset.crs is not None or dataset.gcps[0] else tiff_orientation(path)


def _notes(dataset: Any) -> tuple[str, ...]:
    further = len(dataset.subdatasets) - 1
    return (f"first page read, {further} more left out",) if further > 0 else ()


def _georeference(dataset: Any) -> Georeference | None:
    if dataset.crs is None:
        return None
    return Georeference(dataset.crs.to_string(), tuple(dataset.transform)[:6])


def _spacing_m(dataset: Any) -> tuple[float, float] | None:
    if dataset.crs is None or not dataset.crs.is_projected:
        return None
    metres_per_unit = dataset.crs.linear_units_factor[1]
    a, b, _, d, e, _ = tuple(dataset.transform)[:6]
    spacing_m = math.hypot(b, e) * metres_per_unit, math.hypot(a, d) * metres_per_unit
    return spacing_m if all(0 < value < _MOST_SPACING_M for value in spacing_m) else None

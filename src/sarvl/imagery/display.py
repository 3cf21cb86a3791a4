"""Renders a physical SAR image as 8-bit pictures: refined Lee, logarithm, percentile stretch."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarvl.imagery.convert import to_amplitude, to_intensity
from sarvl.imagery.despeckle import refined_lee
from sarvl.imagery.sar_image import Quantity, SarImage


def render_display(
    image: SarImage,
    despeckle: bool = True,
    looks: float = 1.0,
    log: bool = True,
    stretch: tuple[float, float] | None = (2.0, 98.0),
) -> SarImage:
    """Return the image as uint8 ``display``, each band on its own; an image that is ``display`` is returned as it is.

    despeckle: filter with ``refined_lee`` for ``looks``; complex is filtered as amplitude, decibel as intensity.
    log: log1p(A / mean A) of the amplitude, so that the picture does not depend on the unit; else the amplitude.
    stretch: the percentiles that become 0 and 255; None takes the smallest and largest value.

    No-data is left out of mean and percentiles and becomes 0. Steps as the SARLANG-1M paper lists them; it gives no
    parameters, so those of the filter, the logarithm and the stretch are ours.
    """
    if image.quantity is Quantity.DISPLAY:
        return image
    valid = np.ones(image.pixels.shape[1:], np.bool_) if image.nodata is None else ~image.nodata
    linear = to_intensity(image) if image.quantity is Quantity.DECIBEL else image
    linear = linear if linear.quantity is Quantity.INTENSITY else to_amplitude(linear)
    linear = linear.with_pixels(np.where(valid, linear.pixels, 0), linear.quantity)
    if despeckle:
        smooth = np.stack([refined_lee(band, looks, linear.quantity) for band in linear.pixels])
        linear = linear.with_pixels(smooth, linear.quantity)
    amplitude = to_amplitude(linear).pixels
    rendered = np.stack([_render_band(band, valid, log, stretch) for band in amplitude])
    return replace(image, pixels=rendered, quantity=Quantity.DISPLAY, full_scale=None)


def _render_band(
    amplitude: NDArray[Any], valid: NDArray[np.bool_], log: bool, stretch: tuple[float, float] | None
) -> NDArray[np.uint8]:
    mean = amplitude[valid].mean(dtype=np.float64)
    values = np.log1p(amplitude / np.float32(mean)) if log and mean > 0 else amplitude
    low, high = _limits(values[valid], stretch)
    scaled = (values - low) * (255 / (high - low) if high > low else 0)
    return np.where(valid, np.rint(np.clip(scaled, 0, 255)), 0).astype(np.uint8)


def _limits(values: NDArray[Any], stretch: tuple[float, float] | None) -> tuple[float, float]:
    """Return what becomes 0 and 255; the extremes where no two percentiles are asked for or they coincide."""
    low, high = np.percentile(values, stretch) if stretch else (values.min(), values.max())
    if low == high:
        low, high = values.min(), values.max()
    return float(low), float(high)

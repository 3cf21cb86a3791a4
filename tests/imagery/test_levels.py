"""Levels: the decibels of an image are counted as they are, and the range and curve of a band follow."""

from dataclasses import replace

import numpy as np
import pytest

from sarvl.imagery import BandContract, InputContract, Named, Quantity, SarImage, Square
from sarvl.imagery.levels import count_decibels, fitted_band, levels_used

CONTRACT = InputContract.of_pictures(64, (0.5,), (0.5,))


def amplitude(mean: float, full_scale: float | None = 65535.0, seed: int = 0) -> SarImage:
    pixels = np.random.default_rng(seed).rayleigh(mean / 1.2533, (1, 64, 64)).astype(np.float32)
    return SarImage(pixels, Quantity.AMPLITUDE, ("VV",), full_scale)


def fitted(image: SarImage, contract: InputContract = CONTRACT) -> InputContract:
    of_numbers, counts = count_decibels(image, contract)
    bands = [fitted_band(band, {of_numbers: own / own.sum()}) for band, own in zip(contract.bands, counts, strict=True)]
    return contract.model_copy(update={"bands": tuple(bands)})


@pytest.mark.parametrize("full_scale", [None, 65535.0])
def test_dark_amplitudes_fill_the_bytes_once_their_range_is_fitted(full_scale):
    image = amplitude(150 if full_scale else 150 / 65535, full_scale)
    before, after = (contract.prepare(image).tiles.ravel() for contract in (CONTRACT, fitted(image)))
    used = [levels_used(np.bincount(tiles, minlength=256)) for tiles in (before, after)]
    if full_scale:
        assert 4 < before.mean() < 5  # the chip of mean 150 that the issue tells of
    assert used[0] < 64 < used[1]
    assert np.mean(after == 255) < 0.006
    assert np.mean(after == 0) < 0.01


def test_only_the_kind_that_was_counted_is_changed():
    (band,), (fitted_one,) = CONTRACT.bands, fitted(amplitude(150)).bands
    assert fitted_one.range_db == band.range_db
    assert fitted_one.curve == band.curve
    assert fitted_one.range_db_full_scale != band.range_db_full_scale
    (of_units,) = fitted(amplitude(0.2, None)).bands
    assert of_units.range_db_full_scale == band.range_db_full_scale
    assert of_units.curve_full_scale == "amplitude"


def test_quantities_of_one_scene_are_counted_alike():
    image = amplitude(0.2, None)
    power = image.with_pixels(image.pixels**2, Quantity.INTENSITY)
    decibel = image.with_pixels(20 * np.log10(image.pixels), Quantity.DECIBEL)
    found = [fitted(one).bands[0].range_db for one in (image, power, decibel)]
    np.testing.assert_allclose(found, np.broadcast_to(found[0], (3, 2)), atol=0.1)


def test_each_band_has_a_range_of_its_own():
    bands = tuple(BandContract(name=name, source=Named(band=name), mean=0.5, std=0.5) for name in ("VV", "VH"))
    contract = InputContract(bands=bands, frame=Square(size=64))
    image = amplitude(0.2, None)
    both = replace(image, pixels=np.concatenate([image.pixels, 0.1 * image.pixels]), bands=("VV", "VH"))
    vv, vh = (band.range_db for band in fitted(both, contract).bands)
    np.testing.assert_allclose(np.subtract(vv, vh), 20, atol=0.11)


def test_pixels_without_a_return_or_a_measurement_are_not_counted():
    image = amplitude(150)
    dark = image.pixels.copy()
    dark[:, :20] = 0
    nodata = np.zeros((64, 64), bool)
    nodata[40:] = True
    counted = count_decibels(replace(image, pixels=dark, nodata=nodata), CONTRACT)[1]
    assert counted.sum() == 20 * 64


def test_a_scene_with_few_bright_pixels_on_the_dark_takes_decibels():
    pixels = np.random.default_rng(0).rayleigh(0.01, (1, 64, 64)).astype(np.float32)
    pixels[0, :4, :16] = 3
    image = SarImage(pixels, Quantity.AMPLITUDE, ("VV",))
    band = fitted(image).bands[0]
    assert band.curve == "decibel"
    assert levels_used(np.bincount(fitted(image).prepare(image).tiles.ravel(), minlength=256)) >= 64


def test_counts_are_of_the_size_that_the_model_sees():
    image = amplitude(150)
    small = CONTRACT.model_copy(update={"frame": Square(size=16)})
    spread = [np.subtract(*fitted(image, contract).bands[0].range_db_full_scale) for contract in (CONTRACT, small)]
    assert abs(spread[1]) < 0.5 * abs(spread[0])  # sixteen looks
    assert count_decibels(image, small)[1].sum() == 16 * 16


@pytest.mark.parametrize(("counts", "used"), [([100, 0, 0], 1), ([50, 50, 0], 2), ([99, 1, 0], 1), ([98, 1, 1], 2)])
def test_levels_hold_99_percent(counts, used):
    assert levels_used(np.array(counts)) == used

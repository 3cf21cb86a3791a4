"""Bands of a contract: one by name, a mean, a ratio; each with a range of its own."""

from dataclasses import replace

import numpy as np
import pytest

from sarvl.errors import ImageError
from sarvl.imagery import (
    BandContract,
    Difference,
    Grey,
    InputContract,
    Mean,
    Named,
    Place,
    Quantity,
    SarImage,
    Square,
    to_decibel,
)

SENTINEL = (
    BandContract(name="VV", source=Named(band="VV"), range_db=(-25, 0), curve="decibel", mean=0.5, std=0.5),
    BandContract(name="VH", source=Named(band="VH"), range_db=(-32.5, -7.5), curve="decibel", mean=0.5, std=0.5),
    BandContract(
        name="mean", source=Mean(bands=("VV", "VH")), range_db=(-28.75, -3.75), curve="decibel", mean=0.5, std=0.5
    ),
)
RATIO = BandContract(
    name="VV-VH", source=Difference(band="VV", less="VH"), range_db=(0, 20), curve="decibel", mean=0.4, std=0.2
)


def contract(*bands: BandContract, size: int = 24) -> InputContract:
    return InputContract(bands=bands, frame=Square(size=size))


def dual(height: int = 24, width: int = 24) -> SarImage:
    rng = np.random.default_rng(0)
    pixels = np.stack([rng.gamma(4, 0.02, (height, width)), rng.gamma(4, 0.004, (height, width))]).astype(np.float32)
    return SarImage(pixels, Quantity.INTENSITY, ("VV", "VH"))


def test_each_band_is_cut_to_its_own_range():
    image = dual()
    vv, vh = to_decibel(image).pixels
    prepared = contract(*SENTINEL, RATIO).prepare(image).tiles[0]
    # As the published Sentinel-1 contract has it: (dB + 25) / 25, (dB + 32.5) / 25, their mean; and a ratio.
    values = [(vv + 25) / 25, (vh + 32.5) / 25, ((vv + 25) / 25 + (vh + 32.5) / 25) / 2, (vv - vh) / 20]
    np.testing.assert_allclose(prepared, np.clip(values, 0, 1) * 255, atol=0.51)


def test_the_order_of_the_bands_in_the_image_does_not_matter():
    image = dual()
    turned = SarImage(image.pixels[::-1], image.quantity, ("VH", "VV"))
    taken = contract(*SENTINEL, RATIO)
    np.testing.assert_array_equal(taken.prepare(image).tiles, taken.prepare(turned).tiles)


def test_a_ratio_is_of_averaged_intensities():
    image = dual(48, 48)
    prepared = contract(RATIO).prepare(image).tiles[0, 0]
    blocks = image.pixels.astype(np.float64).reshape(2, 24, 2, 24, 2).mean(axis=(2, 4))
    expected = np.clip(10 * np.log10(blocks[0] / blocks[1]) / 20, 0, 1) * 255
    np.testing.assert_allclose(prepared, expected, atol=0.51)


def test_a_ratio_does_not_depend_on_the_scale_of_digital_numbers():
    image = dual()
    scaled = replace(image, pixels=image.pixels * 1e6, full_scale=65535.0**2)
    taken = contract(RATIO.model_copy(update={"range_db_full_scale": (0.0, 20.0)}))
    difference = taken.prepare(image).tiles.astype(int) - taken.prepare(scaled).tiles
    assert np.abs(difference).max() <= 1


def test_equal_bands_are_one_plane_and_others_one_each():
    image = dual()
    vv, vh, _ = SENTINEL
    assert contract(vv, vv.model_copy(update={"name": "again", "mean": 0.1})).prepare(image).tiles.shape[1] == 1
    assert contract(vv, vv, vh).prepare(image).tiles.shape[1] == 3
    assert contract(vv, vv.model_copy(update={"range_db": (-30.0, 0.0)})).prepare(image).tiles.shape[1] == 2


def test_places_of_an_image_of_one_band_are_that_band():
    image = SarImage(dual().pixels[:1], Quantity.INTENSITY, ("HH",))
    places = [BandContract(name=str(place), source=Place(place=place), mean=0, std=1) for place in range(3)]
    grey = BandContract(name="grey", source=Grey(), mean=0, std=1)
    np.testing.assert_array_equal(contract(*places).prepare(image).tiles, contract(grey).prepare(image).tiles)


@pytest.mark.parametrize(
    ("band", "image", "reason"),
    [
        (SENTINEL[0], SarImage(dual().pixels, Quantity.INTENSITY, ("HH", "HV")), "no band VV.*it has HH, HV"),
        (SENTINEL[2], SarImage(dual().pixels[:1], Quantity.INTENSITY, ("VV",)), "no band VH.*it has VV"),
        (
            RATIO,
            SarImage(np.ones((2, 4, 4), np.uint8), Quantity.DISPLAY, ("VV", "VH")),
            "display bytes have no decibels for VV less VH",
        ),
    ],
)
def test_an_image_that_lacks_a_band_is_refused(band, image, reason):
    with pytest.raises(ImageError, match=reason) as caught:
        contract(band).prepare(image)
    assert "\n" not in str(caught.value)


def test_bands_come_back_from_json():
    taken = contract(*SENTINEL, RATIO)
    assert InputContract.model_validate_json(taken.model_dump_json()) == taken

"""The input contract: any image to the bytes that a model sees."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sarvl.errors import ImageError
from sarvl.imagery import (
    BandContract,
    Difference,
    InputContract,
    Quantity,
    SarImage,
    Square,
    to_amplitude,
    to_decibel,
)


def contract(size: int = 16, channels: int = 1, resize: str = "squash", fill: int = 0, **band) -> InputContract:
    accepts = tuple(map(Quantity, band.pop("accepts", Quantity)))
    found = InputContract.of_pictures(size, (0.5,) * channels, (0.25,) * channels, **band)
    return found.model_copy(update={"frame": Square(size=size, resize=resize, fill=fill), "accepts": accepts})


def prepare(taken: InputContract, image: SarImage) -> np.ndarray:
    """Return the bytes (C, S, S) of the one tile, which shows the whole image."""
    prepared = taken.prepare(image)
    assert prepared.offsets.tolist() == [[0, 0, image.width, image.height]]
    assert (prepared.grid, prepared.has_thumbnail) == ((1, 1), False)
    (tile,) = prepared.tiles
    return tile


def intensity_image(height: int = 32, width: int = 48, bands: int = 1, seed: int = 0) -> SarImage:
    pixels = np.random.default_rng(seed).gamma(1, 0.1, (bands, height, width)).astype(np.float32)
    return SarImage(pixels, Quantity.INTENSITY, tuple("ABCD"[:bands]))


def display_image(height: int = 32, width: int = 48, bands: int = 1) -> SarImage:
    pixels = np.random.default_rng(1).integers(0, 256, (bands, height, width), dtype=np.uint8)
    return SarImage(pixels, Quantity.DISPLAY, ("red", "green", "blue")[:bands])


def test_json_round_trip_keeps_contract_and_digest():
    original = contract(accepts=("display", "amplitude"), range_db=(-25, 5), resize="pad")
    again = InputContract.model_validate_json(original.model_dump_json())
    assert again == original
    assert again.digest() == original.digest()
    assert len(original.digest()) == 64


def changed(fields: dict, path: str, value: object) -> dict:
    """Return fields with one of them changed, deep down."""
    copied = json.loads(json.dumps(fields))
    *parents, last = path.split(".")
    part = copied
    for name in parents:
        part = part[int(name)] if name.isdigit() else part[name]
    part[last] = value
    return copied


def test_digest_does_not_depend_on_the_order_of_the_fields_and_sees_every_field():
    fields = contract().model_dump(mode="json")
    assert InputContract.model_validate(dict(reversed(fields.items()))).digest() == contract().digest()
    changes = {
        "frame.size": 17,
        "frame.resize": "pad",
        "frame.interpolation": "cubic",
        "frame.antialias": False,
        "frame.fill": 1,
        "bands.0.name": "VV",
        "bands.0.source": {"kind": "named", "band": "VV"},
        "bands.0.mean": 0.4,
        "bands.0.std": 0.2,
        "bands.0.curve": "decibel",
        "bands.0.curve_full_scale": "decibel",
        "bands.0.range_db": (-31, 10),
        "bands.0.range_db_full_scale": (-70, 0),
        "accepts": ("display",),
        "frame": {"kind": "tiled", "tile": 16, "most_tiles": 4},
    }
    digests = {InputContract.model_validate(changed(fields, *change)).digest() for change in changes.items()}
    assert len(digests | {contract().digest()}) == len(changes) + 1


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("frame.size", 0),
        ("frame.resize", "stretch"),
        ("frame.antialias", "sometimes"),
        ("frame.interpolation", "sinc"),
        ("frame.fill", 256),
        ("frame.kind", "round"),
        ("frame.overlap", 3),
        ("frame", {"kind": "tiled", "tile": 16, "most_tiles": 4, "overlap": 16}),
        ("frame", {"kind": "tiled", "tile": 16, "most_tiles": 0}),
        ("bands", []),
        ("bands.0.std", 0.0),
        ("bands.0.range_db", (10, -30)),
        ("bands.0.range_db_full_scale", (0, 0)),
        ("bands.0.source", "VV"),
        ("bands.0.source", {"kind": "mean", "bands": ["VV"]}),
        ("bands.0.source", {"kind": "place", "place": 3}),
        ("bands.0.curve", "gamma"),
        ("accepts", ("radar",)),
        ("colour", True),
        ("version", 4),
    ],
)
def test_wrong_field_is_refused(path, wrong):
    with pytest.raises(ValidationError):
        InputContract.model_validate(changed(contract().model_dump(mode="json"), path, wrong))


@pytest.mark.parametrize(("bands", "channels", "planes"), [(1, 1, 1), (1, 3, 1), (3, 3, 3), (3, 1, 1)])
def test_display_bytes_are_kept(bands, channels, planes):
    image = display_image(16, 16, bands)
    prepared = prepare(contract(channels=channels), image)
    assert (prepared.shape, prepared.dtype) == ((planes, 16, 16), np.uint8)
    luma = np.tensordot([0.299, 0.587, 0.114], image.pixels, 1)[None] if (bands, channels) == (3, 1) else image.pixels
    np.testing.assert_allclose(prepared, luma, atol=1 if planes != bands else 0)


def test_display_is_averaged_by_area_without_antialiasing():
    image = display_image(32, 48)
    blocks = image.pixels[0].reshape(16, 2, 16, 3).mean(axis=(1, 3))
    taken = contract().model_copy(update={"frame": Square(size=16, antialias=False)})
    np.testing.assert_allclose(prepare(taken, image)[0], blocks, atol=0.51)


def triangle(length: int, size: int) -> np.ndarray:
    """Return (size, length), how a side shrinks: a triangle as wide as two output pixels, about the middle of each."""
    scale = length / size
    distance = np.abs(np.arange(length)[None] + 0.5 - (np.arange(size)[:, None] + 0.5) * scale) / scale
    weights = np.maximum(0, 1 - distance)
    return weights / weights.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("size", [16, 15])
def test_display_that_shrinks_goes_through_the_widened_filter(size):
    image = display_image(33, 47)
    expected = triangle(33, size) @ image.pixels[0] @ triangle(47, size).T
    np.testing.assert_allclose(prepare(contract(size), image)[0], expected, atol=1.01)  # it is rounded twice


def test_antialiasing_does_not_touch_physical_quantities():
    image = intensity_image()
    rough = contract().model_copy(update={"frame": Square(size=16, antialias=False)})
    np.testing.assert_array_equal(prepare(contract(), image), prepare(rough, image))


@pytest.mark.parametrize("make", [intensity_image, display_image])
def test_cropping_keeps_the_aspect_and_the_middle(make):
    image = make(10, 20)
    prepared = contract(10, resize="crop").prepare(image)
    assert prepared.offsets.tolist() == [[5, 0, 10, 10]]
    middle = replace(image, pixels=image.pixels[:, :, 5:15])
    np.testing.assert_array_equal(prepared.tiles[0], prepare(contract(10), middle))


@pytest.mark.parametrize("curve", ["amplitude", "decibel"])
@pytest.mark.parametrize("full_scale", [None, 65535.0])
def test_shrinking_averages_intensity_and_then_takes_the_curve(full_scale, curve):
    image = replace(intensity_image(), full_scale=full_scale)
    low, high = (-30, 10) if full_scale is None else (-60, -40)
    prepared = prepare(contract(curve=curve, range_db=(-30, 10), range_db_full_scale=(-60, -40)), image)
    blocks = image.pixels[0].astype(np.float64).reshape(16, 2, 16, 3).mean(axis=(1, 3)) / (full_scale or 1)
    if curve == "decibel":
        expected = np.clip((10 * np.log10(blocks) - low) / (high - low), 0, 1) * 255
    else:
        expected = np.sqrt(np.clip(blocks, 10 ** (low / 10), 10 ** (high / 10)) / 10 ** (high / 10)) * 255
    np.testing.assert_allclose(prepared[0], expected, atol=0.51)
    assert 0 < expected.mean() < 255


def test_quantity_of_the_same_scene_does_not_matter():
    image = intensity_image()
    expected = prepare(contract(), image).astype(int)
    amplitude = to_amplitude(image)
    complex_image = amplitude.with_pixels(amplitude.pixels * np.exp(2j).astype(np.complex64), Quantity.COMPLEX)
    for same in (amplitude, to_decibel(image), complex_image):
        assert np.abs(prepare(contract(), same) - expected).max() <= 1


def test_growing_interpolates_clipped_decibels():
    image = intensity_image(8, 8)
    taken = contract(curve="decibel", range_db=(-30, 10))
    image.pixels[0, 0, 0] = 0
    scaled = np.clip((to_decibel(image, -30).pixels[0] + 30) / 40, 0, 1) * 255
    expected = cv2.resize(scaled, (16, 16), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(prepare(taken, image)[0], expected, atol=0.51)


@pytest.mark.parametrize("make", [intensity_image, display_image])
def test_padding_keeps_the_aspect_and_centres(make):
    image = make(10, 20)
    prepared = prepare(contract(40, resize="pad"), image)
    assert not prepared[:, :10].any() and not prepared[:, 30:].any()
    rows = prepare(contract(40), replace(image, pixels=np.repeat(image.pixels, 2, axis=1)))
    assert prepared.shape == rows.shape
    assert prepared[:, 10:30].mean() == pytest.approx(rows.mean(), rel=0.02)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 24), st.sampled_from(["squash", "pad", "crop"]))
def test_any_size_becomes_the_square(height, width, size, resize):
    for image in (intensity_image(height, width), display_image(height, width)):
        prepared = contract(size, resize=resize).prepare(image)
        assert (prepared.tiles.shape, prepared.tiles.dtype) == ((1, 1, size, size), np.uint8)
        ((x, y, across, down),) = prepared.offsets.tolist()
        assert min(x, y) >= 0 < min(across, down)
        assert (x + across, y + down) <= (width, height)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.integers(4, 40))
def test_values_stay_within_those_of_the_image(seed, size):
    image = intensity_image(20, 20, seed=seed)
    whole = prepare(contract(20), image).astype(int)
    prepared = prepare(contract(size), image).astype(int)
    assert whole.min() - 1 <= prepared.min() <= prepared.max() <= whole.max() + 1


@pytest.mark.parametrize("size", [10, 20, 33])
def test_nodata_becomes_zero_and_does_not_enter_the_average(size):
    image = intensity_image(20, 20)
    nodata = np.zeros((20, 20), bool)
    nodata[:, :9] = True
    filled = [replace(image, nodata=nodata, pixels=np.where(nodata, value, image.pixels)) for value in (0, 1e6)]
    taken = contract(size, curve="decibel", range_db=(-30, 10))
    prepared = [prepare(taken, each) for each in filled]
    np.testing.assert_array_equal(*prepared)
    columns_without_data = int(9 * size / 20)
    assert not prepared[0][:, :, :columns_without_data].any()
    if size == 10:
        # Of columns 8 and 9, which become column 4, only 9 is valid.
        pair = image.pixels[0].reshape(10, 2, 20).transpose(0, 2, 1)[:, 9].mean(axis=1)
        expected = np.clip((10 * np.log10(pair) + 30) / 40, 0, 1) * 255
        np.testing.assert_allclose(prepared[0][0, :, 4], expected, atol=0.51)


@pytest.mark.parametrize("make", [intensity_image, display_image])
def test_what_the_image_does_not_cover_is_filled(make):
    image = make(10, 20)
    nodata = np.zeros((10, 20), bool)
    nodata[:, :10] = True
    prepared = prepare(contract(20, resize="pad", fill=9), replace(image, nodata=nodata))
    assert (prepared[:, :5] == 9).all() and (prepared[:, 15:] == 9).all() and (prepared[:, 5:15, :10] == 9).all()
    assert (prepared[:, 5:15, 10:] == prepare(contract(20, resize="pad"), image)[:, 5:15, 10:]).all()


def test_cubic_interpolation_does_not_leave_the_bytes():
    image = SarImage(np.array([[[1e-9, 1, 1, 1e-9]]], np.float32), Quantity.INTENSITY, ("VV",))
    taken = contract(curve="decibel", range_db=(-30, 0))
    cubic = taken.model_copy(update={"frame": Square(size=16, interpolation="cubic")})
    nearest = taken.model_copy(update={"frame": Square(size=16, interpolation="nearest")})
    assert set(np.unique(prepare(nearest, image))) == {0, 255}
    whole, tried = prepare(taken, image), prepare(cubic, image)
    assert (whole != tried).any()
    assert np.abs(whole.astype(int) - tried).max() < 60


def test_display_nodata_becomes_zero():
    image = display_image(16, 16)
    nodata = np.zeros((16, 16), bool)
    nodata[:4] = True
    prepared = prepare(contract(), replace(image, nodata=nodata))
    assert not prepared[:, :4].any()
    np.testing.assert_array_equal(prepared[:, 4:], image.pixels[:, 4:])


@pytest.mark.parametrize(
    ("image", "channels"),
    [
        (intensity_image(bands=2), 1),
        (intensity_image(bands=2), 3),
        (intensity_image(bands=4), 3),
        (intensity_image(bands=3), 1),
    ],
)
def test_number_of_bands_that_does_not_fit_names_the_option(image, channels):
    with pytest.raises(ImageError, match=r"bands \(A, B.*choose with `bands`"):
        prepare(contract(channels=channels), image)


def test_quantity_that_is_not_accepted_is_refused():
    strict = contract(accepts=("display", "amplitude"))
    with pytest.raises(ImageError, match="intensity pixels, but the model takes display, amplitude"):
        prepare(strict, intensity_image())


def test_contract_as_json_is_plain():
    fields = json.loads(contract().model_dump_json())
    assert fields["accepts"] == ["complex", "amplitude", "intensity", "decibel", "display"]
    assert fields["version"] == 3
    assert fields["frame"] == {
        **{"kind": "square", "size": 16, "resize": "squash"},
        **{"interpolation": "linear", "antialias": True, "fill": 0},
    }
    (band,) = fields["bands"]
    assert (band["name"], band["source"], band["range_db"]) == ("grey", {"kind": "grey"}, [-40.0, 0.0])


@pytest.mark.parametrize("curve", ["amplitude", "decibel"])
@pytest.mark.parametrize("full_scale", [None, 65535.0])
@pytest.mark.parametrize("gain_db", [-6.0, 6.0])
def test_a_gain_multiplies_before_anything_is_cut_or_rounded(curve, full_scale, gain_db):
    image = replace(intensity_image(), full_scale=full_scale)
    taken = contract(48, curve=curve, range_db=(-30, -8), range_db_full_scale=(-80, -55))
    brighter = image.with_pixels(image.pixels * np.float32(10 ** (gain_db / 10)), Quantity.INTENSITY)
    expected = prepare(taken, brighter).astype(int)
    found = taken.prepare(image, gain_db).tiles[0].astype(int)
    assert np.abs(found - expected).max() <= 1  # where float32 rounds otherwise
    assert np.mean(found != expected) < 0.001
    assert np.mean(found != prepare(taken, image)) > 0.5


def test_a_gain_gives_dark_amplitudes_bytes_that_their_rounded_bytes_could_not():
    dark = np.random.default_rng(0).rayleigh(150, (1, 64, 64)).astype(np.float32)
    image = SarImage(dark, Quantity.AMPLITUDE, ("VV",), full_scale=65535.0)
    taken = contract(64)
    found = taken.prepare(image, 12.0).tiles
    rounded = np.rint(taken.prepare(image).tiles * 10 ** (12 / 20))
    assert len(np.unique(found)) > 3 * len(np.unique(rounded))
    assert abs(found.mean() / (150 * np.sqrt(np.pi / 2)) / 255 * 65535 / 10 ** ((12 + 18) / 20) - 1) < 0.01


def test_a_gain_of_display_bytes_takes_them_as_amplitude_and_leaves_fill():
    image = replace(display_image(16, 16), nodata=np.arange(256).reshape(16, 16) < 40)
    found = contract(fill=9).prepare(image, -6.0).tiles[0, 0]
    assert (found[image.nodata] == 9).all()
    expected = np.rint(image.pixels[0] * 10 ** (-6 / 20))
    assert np.abs(found - expected)[~image.nodata].max() <= 1
    np.testing.assert_array_equal(contract(fill=9).prepare(image, 0.0).tiles, contract(fill=9).prepare(image).tiles)


def test_a_gain_leaves_a_difference_of_bands_alone():
    source = Difference(band="A", less="B")
    band = BandContract(name="ratio", source=source, range_db=(-20, 20), curve="decibel", mean=0.5, std=0.5)
    taken = InputContract(bands=(band,), frame=Square(size=16))
    image = intensity_image(bands=2)
    np.testing.assert_array_equal(taken.prepare(image, 5.0).tiles, taken.prepare(image).tiles)


def test_digital_numbers_may_have_a_curve_of_their_own():
    image = intensity_image()
    numbers = replace(image, full_scale=1.0)
    ranges = {"range_db": (-30, 0), "range_db_full_scale": (-30, 0)}
    both = contract(curve="amplitude", curve_full_scale="decibel", **ranges)
    np.testing.assert_array_equal(prepare(both, image), prepare(contract(curve="amplitude", **ranges), image))
    np.testing.assert_array_equal(prepare(both, numbers), prepare(contract(curve="decibel", **ranges), numbers))

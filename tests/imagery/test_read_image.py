"""Reading PNG, JPEG and BMP: bands, quantity, no-data, and the errors."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from sarvl.errors import ImageError
from sarvl.imagery import Quantity, read_image, read_size


@pytest.fixture
def ramp() -> np.ndarray:
    return np.arange(48, dtype=np.uint8).reshape(6, 8)


def write(path: Path, pixels: np.ndarray) -> Path:
    assert cv2.imwrite(str(path), pixels)
    return path


def test_colour_becomes_red_green_blue(tmp_path: Path, ramp):
    image = read_image(write(tmp_path / "c.png", np.stack([ramp, ramp + 50, ramp + 100], -1)))
    assert image.bands == ("red", "green", "blue")
    np.testing.assert_array_equal(image.pixels, np.stack([ramp + 100, ramp + 50, ramp]))


@pytest.mark.parametrize("ending", ["png", "bmp", "jpg"])
def test_equal_channels_become_one_gray_band(tmp_path: Path, ramp, ending):
    image = read_image(write(tmp_path / f"g.{ending}", np.stack([ramp] * 3, -1)))
    assert image.bands == ("gray",)
    assert image.pixels.shape == (1, 6, 8)
    assert image.quantity is Quantity.DISPLAY
    assert image.full_scale is None


@pytest.mark.parametrize("ending", ["png", "bmp"])
def test_one_coloured_pixel_makes_a_colour_image(tmp_path: Path, ramp, ending):
    pixels = np.stack([ramp] * 3, -1)
    pixels[5, 7, 2] += 1
    assert read_image(write(tmp_path / f"c.{ending}", pixels)).bands == ("red", "green", "blue")


def test_fully_transparent_pixels_become_nodata_of_value_zero(tmp_path: Path, ramp):
    alpha = np.where(ramp < 10, 0, 255).astype(np.uint8)
    alpha[5, 7] = 128
    image = read_image(write(tmp_path / "a.png", np.stack([ramp, ramp, ramp, alpha], -1)))
    np.testing.assert_array_equal(image.nodata, alpha == 0)
    np.testing.assert_array_equal(image.pixels[0], np.where(alpha == 0, 0, ramp))


def test_opaque_alpha_is_no_mask(tmp_path: Path, ramp):
    image = read_image(write(tmp_path / "o.png", np.stack([ramp, ramp, ramp, np.full_like(ramp, 255)], -1)))
    assert image.nodata is None
    assert image.bands == ("gray",)


def test_wholly_transparent_image_is_refused(tmp_path: Path, ramp):
    path = write(tmp_path / "t.png", np.stack([ramp, ramp, ramp, np.zeros_like(ramp)], -1))
    with pytest.raises(ImageError, match="every pixel is no-data"):
        read_image(path)


def test_sixteen_bit_png_needs_a_quantity_and_keeps_its_full_scale(tmp_path: Path, ramp):
    path = write(tmp_path / "16.png", ramp.astype(np.uint16) * 1000)
    with pytest.raises(
        ImageError, match=r"uint16 pixels of unknown quantity; set `quantity` to one of amplitude, inten"
    ):
        read_image(path)
    image = read_image(path, quantity="amplitude")
    assert (image.quantity, image.full_scale, image.pixels.dtype) == (Quantity.AMPLITUDE, 65535.0, np.float32)
    np.testing.assert_array_equal(image.pixels[0], ramp.astype(np.float32) * 1000)


def test_declared_bytes_become_digital_numbers(tmp_path: Path, ramp):
    image = read_image(write(tmp_path / "8.png", ramp), quantity=Quantity.INTENSITY)
    assert (image.quantity, image.full_scale, image.pixels.dtype) == (Quantity.INTENSITY, 255.0, np.float32)


@pytest.mark.parametrize(
    ("quantity", "reason"),
    [
        ("decibel", "cannot hold negative decibels"),
        ("complex", "declared complex"),
        ("sigma0", "unknown quantity sigma0"),
    ],
)
def test_quantity_that_bytes_cannot_have_is_refused(tmp_path: Path, ramp, quantity, reason):
    with pytest.raises(ImageError, match=reason):
        read_image(write(tmp_path / "8.png", ramp), quantity=quantity)


def test_sixteen_bits_declared_display_are_refused(tmp_path: Path, ramp):
    with pytest.raises(ImageError, match="which is 8-bit"):
        read_image(write(tmp_path / "16.png", ramp.astype(np.uint16)), quantity="display")


@pytest.mark.parametrize(
    ("bands", "names"), [(["blue", "red"], ("blue", "red")), ("2", ("green",)), (["3"], ("blue",))]
)
def test_bands_are_chosen_by_name_or_number_in_the_order_given(tmp_path: Path, ramp, bands, names):
    by_name = {"blue": ramp, "green": ramp + 50, "red": ramp + 100}
    path = write(tmp_path / "c.png", np.stack(list(by_name.values()), -1))
    image = read_image(path, bands=bands)
    assert image.bands == names
    np.testing.assert_array_equal(image.pixels, np.stack([by_name[name] for name in names]))


@pytest.mark.parametrize("bands", [["VV"], ["4"], ["0"], []])
def test_absent_band_names_those_that_are_there(tmp_path: Path, ramp, bands):
    path = write(tmp_path / "c.png", np.stack([ramp, ramp + 50, ramp + 100], -1))
    with pytest.raises(ImageError, match="available: red, green, blue"):
        read_image(path, bands=bands)


@pytest.mark.parametrize("value", [0, 9, 255])
def test_constant_image_is_refused(tmp_path: Path, value):
    with pytest.raises(ImageError, match=f"all pixels have the value {value}"):
        read_image(write(tmp_path / "k.png", np.full((5, 5), value, np.uint8)))


def test_colours_that_are_each_constant_are_refused(tmp_path: Path):
    with pytest.raises(ImageError, match="without content"):
        read_image(write(tmp_path / "k.png", np.full((5, 5, 3), (1, 2, 3), np.uint8)))


def test_one_pixel_that_differs_is_enough(tmp_path: Path):
    pixels = np.zeros((5, 5), np.uint8)
    pixels[4, 4] = 1
    assert read_image(write(tmp_path / "k.png", pixels)).pixels.sum() == 1


@pytest.mark.parametrize("function", [read_image, read_size])
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        (b"", "zero size"),
        (b"<html>404</html>", "not an image"),
        (b"\x89PNG\r\n\x1a\n", "trunc"),
    ],
)
def test_what_is_no_image_is_said_in_one_line(function, content, reason, tmp_path: Path):
    path = tmp_path / "x.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ImageError, match=reason) as refusal:
        function(path)
    assert str(refusal.value).startswith(f"{path}: ")
    assert "\n" not in str(refusal.value)


def test_folder_is_no_image(tmp_path: Path):
    with pytest.raises(ImageError, match="Is a directory"):
        read_image(tmp_path)


def test_ending_does_not_decide_the_format(tmp_path: Path, ramp):
    path = write(tmp_path / "really.png", ramp).rename(tmp_path / "called.jpg")
    np.testing.assert_array_equal(read_image(str(path)).pixels[0], ramp)

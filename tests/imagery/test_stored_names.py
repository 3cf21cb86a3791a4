"""A file that is read again by the names that it was read with gives the same image: corpora keep these names."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
from PIL import Image

from sarvl.imagery import read_image

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")  # by the writing

GREY = np.random.default_rng(0).integers(1, 255, (24, 32), dtype=np.uint8)
THRICE = np.stack([GREY] * 3, -1)  # (H, W, 3)
COLOUR = np.random.default_rng(1).integers(1, 255, (24, 32, 3), dtype=np.uint8)
OPAQUE = np.dstack([THRICE, np.full_like(GREY, 255)])


def with_pil(path: Path, pixels: np.ndarray) -> None:
    Image.fromarray(pixels).save(path)


def with_opencv(path: Path, pixels: np.ndarray) -> None:
    blue_first = pixels if pixels.ndim == 2 else pixels[..., [2, 1, 0, 3][: pixels.shape[2]]]
    assert cv2.imwrite(str(path), blue_first)


def with_rasterio(path: Path, pixels: np.ndarray, **profile: object) -> None:
    bands = np.moveaxis(np.atleast_3d(pixels), -1, 0)
    size = {"count": len(bands), "height": bands.shape[1], "width": bands.shape[2], "dtype": bands.dtype}
    with rasterio.open(path, "w", driver="GTiff", **size, **profile) as dataset:
        dataset.write(bands)


def without_photometric(path: Path, pixels: np.ndarray) -> None:
    with_rasterio(path, pixels, photometric="MINISBLACK")


WRITERS = [with_pil, with_opencv, with_rasterio, without_photometric]


@pytest.mark.parametrize(
    ("ending", "write"),
    [("tif", with_pil), ("tif", with_opencv), ("tif", with_rasterio), ("png", with_pil), ("png", with_opencv)],
)
@pytest.mark.parametrize("pixels", [GREY, THRICE, OPAQUE], ids=["one", "three", "opaque"])
def test_equal_channels_are_one_grey_band_whoever_wrote_them(tmp_path, ending, write, pixels):
    path = tmp_path / f"a.{ending}"
    write(path, pixels)
    image = read_image(path)
    assert image.bands == ("gray",)
    np.testing.assert_array_equal(image.pixels[0], GREY)


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("pixels", [GREY, THRICE, COLOUR, OPAQUE], ids=["one", "three", "colour", "opaque"])
@pytest.mark.parametrize("bands", [None, ["1"]])
def test_a_tiff_is_read_again_by_its_stored_names(tmp_path, write, pixels, bands):
    path = tmp_path / "a.tif"
    write(path, pixels)
    first = read_image(path, bands=bands)
    again = read_image(path, bands=first.bands)
    assert again.bands == first.bands
    np.testing.assert_array_equal(again.pixels, first.pixels)


@pytest.mark.parametrize("ending", ["tif", "png"])
def test_a_colour_of_a_grey_picture_is_its_one_band(tmp_path, ending):
    """So a set of grey and coloured files can be read by ``bands: [red]``, or by all three."""
    with_pil(tmp_path / f"a.{ending}", THRICE)
    for bands in (["red"], ["red", "green", "blue"]):
        assert read_image(tmp_path / f"a.{ending}", bands=bands).bands == ("gray",)

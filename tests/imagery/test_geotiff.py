"""Reading TIFF and GeoTIFF: quantity, no-data, georeference, bands."""

import math
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.transform import Affine

from sarvl.errors import ImageError
from sarvl.imagery import Quantity, read_image, read_position, read_size

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")  # by the writing


def write(path: Path, pixels: np.ndarray, dtype: str | None = None, extras=None, **profile) -> Path:
    """Write ``(bands, H, W)``; ``extras`` sets tags, descriptions, masks on the open dataset."""
    count, height, width = pixels.shape
    options = {"driver": "GTiff", "count": count, "height": height, "width": width, "dtype": dtype or pixels.dtype}
    with rasterio.open(path, "w", **options, **profile) as dataset:
        if extras:
            extras(dataset)
        dataset.write(pixels)
    return path


@pytest.fixture
def floats() -> np.ndarray:
    return np.random.default_rng(1).gamma(1, 1, (2, 9, 7)).astype(np.float32)


def test_floats_of_unknown_quantity_name_the_option(tmp_path: Path, floats):
    with pytest.raises(
        ImageError, match=r"float32 pixels of unknown quantity; set `quantity` to one of amplitude, inte"
    ):
        read_image(write(tmp_path / "f.tif", floats))


def test_declared_floats_are_kept_as_they_are(tmp_path: Path, floats, capfd):
    path = write(tmp_path / "f.tif", floats)
    image = read_image(path, "intensity")
    np.testing.assert_array_equal(image.pixels, floats)
    assert (image.quantity, image.bands, image.full_scale) == (Quantity.INTENSITY, ("1", "2"), None)
    assert (image.spacing_m, image.georeference, image.nodata) == (None, None, None)
    assert read_size(path) == (7, 9)
    assert capfd.readouterr().err == ""


def test_double_precision_becomes_float32_and_overflow_is_refused(tmp_path: Path, floats):
    assert read_image(write(tmp_path / "d.tif", floats.astype(np.float64)), "intensity").pixels.dtype == np.float32
    with pytest.raises(ImageError, match="infinite"):
        read_image(write(tmp_path / "o.tif", floats.astype(np.float64) * 1e60), "intensity")


@pytest.mark.parametrize(
    "extras",
    [
        lambda d: d.update_tags(SARVL_QUANTITY="decibel"),
        lambda d: setattr(d, "units", ("dB", "dB")),
        lambda d: setattr(d, "descriptions", ("VV_dB", "sigma0 VH [dB]")),
    ],
)
def test_quantity_that_the_file_says_is_taken_and_may_not_be_contradicted(tmp_path: Path, floats, extras):
    path = write(tmp_path / "q.tif", floats, extras=extras)
    assert read_image(path).quantity is Quantity.DECIBEL
    assert read_image(path, "decibel").quantity is Quantity.DECIBEL
    with pytest.raises(ImageError, match="declared intensity, but the file says decibel"):
        read_image(path, "intensity")


def test_word_that_only_contains_the_letters_is_no_unit(tmp_path: Path, floats):
    path = write(tmp_path / "q.tif", floats, extras=lambda d: setattr(d, "descriptions", ("feedBack", "dBase")))
    with pytest.raises(ImageError, match="unknown quantity"):
        read_image(path)


def test_bands_of_mixed_unit_are_refused_unless_chosen(tmp_path: Path, floats):
    path = write(tmp_path / "m.tif", floats, extras=lambda d: setattr(d, "descriptions", ("VV dB", "angle")))
    with pytest.raises(ImageError, match="some bands are in dB and some are not"):
        read_image(path)
    assert read_image(path, bands=["VV dB"]).quantity is Quantity.DECIBEL


def test_unknown_tag_is_refused(tmp_path: Path, floats):
    path = write(tmp_path / "t.tif", floats, extras=lambda d: d.update_tags(SARVL_QUANTITY="gamma0"))
    with pytest.raises(ImageError, match="SARVL_QUANTITY=gamma0 is none of complex"):
        read_image(path)


@pytest.mark.parametrize("quantity", ["amplitude", "intensity"])
def test_negative_amplitude_or_intensity_is_refused(tmp_path: Path, floats, quantity):
    with pytest.raises(ImageError, match=f"negative values, which {quantity} cannot have"):
        read_image(write(tmp_path / "n.tif", floats - 1), quantity)


@pytest.mark.parametrize(("dtype", "full_scale"), [("uint16", 65535), ("int16", 32767), ("uint32", 4294967295)])
def test_integers_become_digital_numbers_of_their_full_scale(tmp_path: Path, dtype, full_scale):
    pixels = np.arange(12, dtype=dtype).reshape(1, 3, 4)
    image = read_image(write(tmp_path / "i.tif", pixels), "amplitude")
    assert (image.full_scale, image.pixels.dtype) == (full_scale, np.float32)
    np.testing.assert_array_equal(image.pixels, pixels)


@pytest.mark.parametrize(
    ("dtype", "full_scale"), [("complex64", None), ("complex128", None), ("complex_int16", 32767.0)]
)
def test_complex_is_known_by_its_type(tmp_path: Path, dtype, full_scale):
    pixels = (np.arange(12).reshape(1, 3, 4) * (1 - 2j)).astype(
        np.complex128 if dtype == "complex128" else np.complex64
    )
    path = write(tmp_path / "c.tif", pixels, dtype=dtype)
    image = read_image(path)
    assert (image.quantity, image.full_scale, image.pixels.dtype) == (Quantity.COMPLEX, full_scale, np.complex64)
    np.testing.assert_array_equal(image.pixels, pixels)
    with pytest.raises(ImageError, match="declared amplitude, but the file says complex"):
        read_image(path, "amplitude")


def test_scale_and_offset_of_the_file_are_applied(tmp_path: Path):
    def scale(dataset):
        dataset.scales, dataset.offsets = (0.01,), (-50.0,)

    pixels = np.arange(12, dtype=np.uint16).reshape(1, 3, 4)
    image = read_image(write(tmp_path / "s.tif", pixels, extras=scale), "decibel")
    np.testing.assert_allclose(image.pixels, pixels * 0.01 - 50, rtol=1e-6)
    assert image.full_scale is None


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_not_finite_pixels_are_refused_where_no_nodata_is_declared(tmp_path: Path, floats, bad):
    floats[0, 3, 3] = bad
    with pytest.raises(ImageError, match="NaN or infinite"):
        read_image(write(tmp_path / "n.tif", floats), "decibel")


@pytest.mark.parametrize("declared", [np.nan, -9999.0])
def test_declared_nodata_and_nan_become_the_mask_and_zero(tmp_path: Path, floats, declared):
    floats[0, 0, :3] = declared
    floats[1, 2, 2] = np.nan
    image = read_image(write(tmp_path / "n.tif", floats, nodata=declared), "intensity")
    expected = np.zeros((9, 7), bool)
    expected[0, :3] = expected[2, 2] = True
    np.testing.assert_array_equal(image.nodata, expected)
    np.testing.assert_array_equal(image.pixels, np.where(expected, 0, floats))


def test_infinity_is_no_nodata(tmp_path: Path, floats):
    floats[0, 3, 3] = np.inf
    with pytest.raises(ImageError, match="infinite"):
        read_image(write(tmp_path / "n.tif", floats, nodata=np.nan), "intensity")


def test_internal_mask_is_the_nodata(tmp_path: Path, floats):
    outside = np.zeros((9, 7), bool)
    outside[:4] = True
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        path = write(tmp_path / "m.tif", floats, extras=lambda d: d.write_mask(~outside))
    np.testing.assert_array_equal(read_image(path, "intensity").nodata, outside)


def test_constant_valid_pixels_are_refused_whatever_lies_under_nodata(tmp_path: Path):
    pixels = np.full((1, 4, 4), 3, np.float32)
    pixels[0, 0, 0] = -1
    with pytest.raises(ImageError, match="without content"):
        read_image(write(tmp_path / "k.tif", pixels, nodata=-1), "intensity")


def test_colour_with_alpha_and_a_colour_that_equals_nodata_in_one_channel(tmp_path: Path):
    pixels = np.random.default_rng(0).integers(1, 255, (4, 5, 5), dtype=np.uint8)
    pixels[3] = 255
    pixels[3, 0, 0] = 0
    image = read_image(write(tmp_path / "a.tif", pixels, photometric="rgb", alpha="yes"))
    assert image.bands == ("red", "green", "blue")
    np.testing.assert_array_equal(image.nodata, pixels[3] == 0)

    pixels[0, 1, 1] = 0
    pixels[:3, 2, 2] = 0
    image = read_image(write(tmp_path / "b.tif", pixels[:3], photometric="rgb", nodata=0))
    np.testing.assert_array_equal(image.nodata, (pixels[:3] == 0).all(axis=0))


def test_equal_colours_become_one_gray_band(tmp_path: Path):
    plane = np.arange(20, dtype=np.uint8).reshape(4, 5)
    image = read_image(write(tmp_path / "g.tif", np.stack([plane] * 3), photometric="rgb"))
    assert image.bands == ("gray",)
    np.testing.assert_array_equal(image.pixels[0], plane)
    assert read_image(write(tmp_path / "one.tif", plane[None])).bands == ("gray",)


def test_palette_is_refused(tmp_path: Path):
    def palette(dataset):
        dataset.colorinterp = [ColorInterp.palette]
        dataset.write_colormap(1, {0: (255, 0, 0, 255), 1: (0, 0, 255, 255)})

    with pytest.raises(ImageError, match="palette"):
        read_image(write(tmp_path / "p.tif", np.eye(4, dtype=np.uint8)[None], extras=palette))


def test_a_file_of_nothing_but_alpha_is_refused(tmp_path: Path):
    alone = write(
        tmp_path / "a.tif",
        np.eye(4, dtype=np.uint8)[None],
        extras=lambda d: setattr(d, "colorinterp", [ColorInterp.alpha]),
    )
    with pytest.raises(ImageError, match=r"a\.tif: holds no band but alpha"):
        read_image(alone)


def test_a_spacing_that_no_pixel_can_have_is_none(tmp_path: Path, floats):
    grid = Affine(1e305, 0, 0, 0, -1e305, 0)
    assert (
        read_image(write(tmp_path / "s.tif", floats, crs=CRS.from_epsg(32618), transform=grid), "intensity").spacing_m
        is None
    )


def test_bands_by_description_or_number(tmp_path: Path, floats):
    path = write(tmp_path / "b.tif", floats, extras=lambda d: setattr(d, "descriptions", ("VV", "VH")))
    assert read_image(path, "intensity").bands == ("VV", "VH")
    np.testing.assert_array_equal(read_image(path, "intensity", ["VH"]).pixels[0], floats[1])
    np.testing.assert_array_equal(read_image(path, "intensity", "1").pixels[0], floats[0])
    with pytest.raises(ImageError, match="no band HV; available: VV, VH"):
        read_image(path, "intensity", ["HV"])


def test_projected_metres_and_feet_give_spacing_and_degrees_do_not(tmp_path: Path, floats):
    grid = Affine(10, 0, 500000, 0, -20, 4500000)
    image = read_image(write(tmp_path / "u.tif", floats, crs=CRS.from_epsg(32618), transform=grid), "intensity")
    assert image.spacing_m == (20.0, 10.0)
    assert image.georeference.crs == "EPSG:32618"
    assert image.georeference.transform == (10, 0, 500000, 0, -20, 4500000)
    degrees = Affine(1e-4, 0, 3, 0, -1e-4, 38)
    image = read_image(write(tmp_path / "g.tif", floats, crs=CRS.from_epsg(4326), transform=degrees), "intensity")
    assert image.spacing_m is None
    assert image.georeference.crs == "EPSG:4326"
    image = read_image(write(tmp_path / "f.tif", floats, crs=CRS.from_epsg(2225), transform=grid), "intensity")
    assert image.spacing_m == pytest.approx((20 * 1200 / 3937, 10 * 1200 / 3937))


def test_rotated_grid_keeps_its_spacing(tmp_path: Path, floats):
    sin, cos = math.sin(math.radians(30)), math.cos(math.radians(30))
    grid = Affine(10 * cos, 20 * sin, 5e5, 10 * sin, -20 * cos, 4e6)
    image = read_image(write(tmp_path / "r.tif", floats, crs=CRS.from_epsg(32618), transform=grid), "intensity")
    assert image.spacing_m == pytest.approx((20, 10))


@pytest.mark.parametrize(("nodata", "absent"), [(("nan", "-inf"), 2), (("nan", "-inf", "-9999.0"), 3)])
def test_nodata_may_be_named_where_no_tag_does(tmp_path: Path, floats, nodata, absent):
    floats[0, 0, 0], floats[1, 2, 3], floats[1, 4, 4] = np.nan, -np.inf, -9999
    path = write(tmp_path / "f.tif", floats)
    with pytest.raises(ImageError, match="set `nodata` of the source"):
        read_image(path, "decibel")
    image = read_image(path, "decibel", nodata=nodata)
    assert image.nodata.sum() == absent
    assert (image.pixels[:, image.nodata] == 0).all()
    assert np.isfinite(image.pixels).all()


def test_nodata_of_bytes_must_be_in_all_bands(tmp_path: Path):
    pixels = np.random.default_rng(0).integers(1, 255, (3, 9, 7), dtype=np.uint8)
    pixels[:, 0, 0], pixels[1, 1, 1] = 0, 0
    assert read_image(write(tmp_path / "b.tif", pixels), nodata=["0.0"]).nodata.sum() == 1


def test_further_pages_are_noted(tmp_path: Path):
    from PIL import Image

    pages = [Image.fromarray(np.random.default_rng(n).integers(0, 255, (9, 7), dtype=np.uint8)) for n in range(3)]
    pages[0].save(tmp_path / "p.tif", save_all=True, append_images=pages[1:])
    image = read_image(tmp_path / "p.tif")
    np.testing.assert_array_equal(image.pixels[0], np.asarray(pages[0]))
    assert image.notes == ("first page read, 2 more left out",)


def test_ground_control_points_give_the_position_of_the_centre(tmp_path: Path, floats):
    """As in the products of Sentinel-1, which have no transform."""
    corners = [(row, column) for row in (0, 9) for column in (0, 7)]
    points = [GroundControlPoint(row, column, 10 + 0.1 * column, 50 - 0.2 * row) for row, column in corners]

    def extras(dataset):
        dataset.gcps = points, CRS.from_epsg(4326)

    path = write(tmp_path / "f.tif", floats, extras=extras)
    assert read_image(path, "intensity").georeference is None
    assert read_position(path) == pytest.approx((10.35, 49.1))


def test_ground_control_points_that_all_lie_in_one_place_are_one_line(tmp_path: Path, floats):
    def extras(dataset):
        dataset.gcps = [GroundControlPoint(1, 1, 10, 50)] * 4, CRS.from_epsg(4326)

    with pytest.raises(ImageError, match="ground control points give no position"):
        read_position(write(tmp_path / "f.tif", floats, extras=extras))

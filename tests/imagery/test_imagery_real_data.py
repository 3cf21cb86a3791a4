"""Reading, rendering and preparing the real files beside the project."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from sarvl.errors import ImageError
from sarvl.imagery import InputContract, Quantity, read_image, read_size, render_display, to_amplitude, to_decibel

CONTRACT = InputContract.of_pictures(64, (0.5,), (0.25,))


def some(folder: Path, pattern: str, step: int) -> list[Path]:
    found = sorted(folder.glob(pattern))[::step]
    if not found:
        pytest.skip(f"real data absent: no {pattern}")
    return found


@pytest.mark.parametrize(
    ("pattern", "step"),
    [("ssdd/images/*.jpg", 60), ("mstar_soc10/images/*/*.jpeg", 300), ("s1s2_pairs*/**/*.[jp][pn]g", 6)],
)
def test_eight_bit_files_equal_what_opencv_decodes(shared_data, pattern, step):
    for path in some(shared_data, pattern, step):
        image = read_image(path)
        decoded = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB).transpose(2, 0, 1)
        np.testing.assert_array_equal(image.pixels, decoded[: len(image.bands)])
        assert len(image.bands) == 3 or (decoded == decoded[0]).all()
        assert read_size(path) == (image.width, image.height)


@pytest.mark.parametrize("pattern", ["ssdd/images/*.jpg", "s1s2_pairs/**/*.png", "opensarship/*/Patch_Cal/*.tif"])
def test_real_files_cut_at_several_places_are_refused(shared_data, pattern, tmp_path, capfd):
    source = some(shared_data, pattern, 1)[0]
    whole = source.read_bytes()
    path = tmp_path / source.name
    for share in (0.01, 0.3, 0.5, 0.9, 0.99):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(ImageError, match=path.name):
            read_image(path, "intensity" if path.suffix == ".tif" else None)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("folder", ["slc_landcover8", "slc_tsx5"])
def test_single_look_patches_need_their_quantity(shared_data, folder):
    for path in some(shared_data, f"{folder}/*/*.tif", 200):
        with pytest.raises(ImageError, match="uint16 pixels of unknown quantity"):
            read_image(path)
        image = read_image(path, "amplitude")
        assert (image.pixels.shape, image.full_scale) == ((1, 64, 64), 65535)
        assert to_decibel(image).pixels.max() <= 0
        assert CONTRACT.prepare(image).tiles.std() > 5


def test_sentinel_1_decibels_are_known_by_declaration_only(shared_data):
    (path,) = some(shared_data, "s1_geotiff/**/S1/*.tif", 1)
    with pytest.raises(ImageError, match="float32 pixels of unknown quantity"):
        read_image(path)
    with pytest.raises(ImageError, match="negative values, which intensity cannot have"):
        read_image(path, "intensity")
    image = read_image(path, "decibel", bands=["VH"])
    assert (image.bands, image.spacing_m, image.georeference.crs) == (("VH",), None, "EPSG:4326")
    assert CONTRACT.prepare(image).tiles.std() > 5


def test_projected_chip_has_its_spacing(shared_data):
    (path,) = some(shared_data, "s1_geotiff/sarclip_example/*.tif", 1)
    assert read_image(path, "decibel").spacing_m == (10.0, 10.0)


def test_calibrated_ships_are_brighter_than_their_sea(shared_data):
    for path in some(shared_data, "opensarship/*/Patch_Cal/*.tif", 25):
        prepared = CONTRACT.prepare(read_image(path, "intensity", bands="1")).tiles[0, 0].astype(float)
        assert prepared[24:40, 24:40].max() > np.median(prepared) + 20


def test_raw_chip_looks_like_the_published_picture_of_its_kind(shared_data):
    """The target is bright in the middle and its shadow dark, away from the radar, as in the 8-bit release."""
    raw = some(shared_data, "mstar_raw_complex/**/2S1/HB*", 1)
    published = some(shared_data, "mstar_soc10/images/2S1/*.jpeg", 20)
    for path in raw:
        image = read_image(path)
        assert (image.quantity, image.bands, image.spacing_m) == (Quantity.COMPLEX, ("HH",), (0.202148, 0.203125))
        assert read_size(path) == (image.width, image.height)
    mean_raw = np.mean([middle(render_display(read_image(path)).pixels[0]) for path in raw], axis=0)
    mean_published = np.mean([middle(read_image(path).pixels[0]) for path in published], axis=0)
    assert np.corrcoef(mean_raw.ravel(), mean_published.ravel())[0, 1] > 0.6
    assert to_amplitude(read_image(raw[0])).pixels.max() > 1


def middle(pixels: np.ndarray) -> np.ndarray:
    """The 64x64 px in the middle, smoothed so that targets of different aspect can be compared."""
    top, left = pixels.shape[0] // 2 - 32, pixels.shape[1] // 2 - 32
    return cv2.blur(pixels[top : top + 64, left : left + 64].astype(np.float32), (9, 9))

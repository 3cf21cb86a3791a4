"""EXIF orientation: pictures as a viewer shows them, unless the declared size says that they are meant as stored."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from sarvl.imagery import orientation_of, read_image, read_size

PIXELS = np.random.default_rng(0).integers(0, 255, (24, 40), dtype=np.uint8)
ORIENTATIONS = range(1, 9)
JPEG_LOSS = 4
ENDINGS = ["png", "jpg", "tif"]


def write(path: Path, orientation: int, pixels: np.ndarray = PIXELS) -> Path:
    exif = Image.Exif()
    exif[0x0112] = orientation
    quality = {"quality": 100} if path.suffix == ".jpg" else {}
    Image.fromarray(pixels).save(path, exif=exif, **quality)
    return path


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_picture_is_read_as_pil_shows_it(tmp_path, ending, orientation):
    path = write(tmp_path / f"a.{ending}", orientation)
    shown = np.asarray(ImageOps.exif_transpose(Image.open(write(tmp_path / "shown.png", orientation))))
    image = read_image(path)
    np.testing.assert_allclose(image.pixels[0], shown, atol=JPEG_LOSS if ending == "jpg" else 0)
    assert read_size(path) == shown.shape[::-1]
    assert read_size(path, as_stored=True) == (40, 24)
    assert image.notes == ((f"EXIF orientation {orientation}: turned as a viewer shows it",) if orientation > 1 else ())


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_the_declared_size_of_the_stored_pixels_keeps_them_as_stored(tmp_path, ending, orientation):
    path = write(tmp_path / f"a.{ending}", orientation)
    image = read_image(path, size=(40, 24))
    assert image.pixels.shape == (1, 24, 40)
    assert any("not heeded" in note for note in image.notes) == (orientation > 4)
    if orientation not in {2, 3, 4}:  # of which the size does not tell
        np.testing.assert_allclose(image.pixels[0], PIXELS, atol=JPEG_LOSS if ending == "jpg" else 0)


def test_the_mask_of_transparent_pixels_turns_too(tmp_path):
    alpha = np.full((24, 40), 255, np.uint8)
    alpha[0, :] = 0
    write(tmp_path / "a.png", 6, np.stack([PIXELS] * 3 + [alpha], -1))
    image = read_image(tmp_path / "a.png")
    assert image.nodata[:, -1].all()
    assert image.nodata.sum() == 40


@pytest.mark.parametrize("cut", [20, 24, 30, 40, 60])
def test_damaged_exif_is_none(tmp_path, cut):
    data = write(tmp_path / "a.jpg", 6).read_bytes()
    assert orientation_of(data) == 6
    assert orientation_of(data[:cut]) in {1, 6}
    assert orientation_of(data.replace(b"MM\0*", b"XX\0*").replace(b"II*\0", b"XX\0*")) == 1

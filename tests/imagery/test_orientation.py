"""EXIF orientation: pictures as a viewer shows them, unless the declared size says that they are meant as stored."""

import struct
from pathlib import Path

import numpy as np
import pytest
import rasterio
from PIL import Image, ImageOps

from sarvl.imagery import orientation_of, read_image, read_size
from sarvl.imagery.containers import PNG_SIGNATURE

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


def with_exif_behind_the_pixels(path: Path) -> None:
    """Move the chunk eXIf of a PNG to its end, before IEND."""
    data = path.read_bytes()
    chunks, position = [], len(PNG_SIGNATURE)
    while position < len(data):
        end = position + 12 + int.from_bytes(data[position : position + 4], "big")
        chunks.append(data[position:end])
        position = end
    chunks.sort(key=lambda chunk: [b"eXIf", b"IEND"].index(chunk[4:8]) if chunk[4:8] in (b"eXIf", b"IEND") else -1)
    path.write_bytes(PNG_SIGNATURE + b"".join(chunks))


@pytest.mark.parametrize("side", [24, 700])  # more bytes than are read of a file to know its size
def test_exif_behind_the_pixels_of_a_png_is_heeded(tmp_path, side):
    pixels = np.random.default_rng(0).integers(0, 255, (side, side + 16), dtype=np.uint8)
    path = write(tmp_path / "a.png", 6, pixels)
    with_exif_behind_the_pixels(path)
    shown = np.asarray(ImageOps.exif_transpose(Image.open(path)))
    assert read_size(path) == shown.shape[::-1] == (side, side + 16)
    np.testing.assert_array_equal(read_image(path).pixels[0], shown)


def test_exif_behind_a_long_profile_of_a_jpeg_is_heeded(tmp_path):
    data = write(tmp_path / "a.jpg", 6).read_bytes()
    profile = b"\xff\xe2" + (65000).to_bytes(2, "big") + bytes(64998)
    (tmp_path / "a.jpg").write_bytes(data[:2] + profile * 2 + data[2:])
    assert read_size(tmp_path / "a.jpg") == (24, 40)
    assert read_image(tmp_path / "a.jpg").pixels.shape == (1, 40, 24)


@pytest.mark.parametrize("big_endian", [False, True])
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_the_orientation_of_a_bigtiff_is_heeded(tmp_path, orientation, big_endian):
    path = tmp_path / "a.tif"
    order = "BIG" if big_endian else "LITTLE"
    profile = {"driver": "GTiff", "width": 40, "height": 24, "count": 1, "dtype": "uint8", "BIGTIFF": "YES"}
    with rasterio.open(path, "w", **profile, ENDIANNESS=order) as dataset:
        dataset.write(PIXELS, 1)
    set_orientation(path, ">" if big_endian else "<", orientation)
    shown = np.asarray(ImageOps.exif_transpose(Image.open(write(tmp_path / "shown.png", orientation))))
    assert read_size(path) == shown.shape[::-1]
    np.testing.assert_array_equal(read_image(path).pixels[0], shown)


def set_orientation(path: Path, order: str, orientation: int) -> None:
    """Write the directory of a BigTIFF anew at its end, with the orientation in it."""
    data = path.read_bytes()
    (start,) = struct.unpack_from(f"{order}Q", data, 8)
    (count,) = struct.unpack_from(f"{order}Q", data, start)
    entries = [data[start + 8 + 20 * index : start + 28 + 20 * index] for index in range(count)]
    entries.append(struct.pack(f"{order}HHQH6x", 274, 3, 1, orientation))
    entries.sort(key=lambda entry: struct.unpack_from(f"{order}H", entry))
    directory = struct.pack(f"{order}Q", count + 1) + b"".join(entries) + bytes(8)
    path.write_bytes(data[:8] + struct.pack(f"{order}Q", len(data)) + data[16:] + directory)


@pytest.mark.parametrize("cut", [20, 24, 30, 40, 60])
def test_damaged_exif_is_none(tmp_path, cut):
    data = write(tmp_path / "a.jpg", 6).read_bytes()
    assert orientation_of(data) == 6
    assert orientation_of(data[:cut]) in {1, 6}
    assert orientation_of(data.replace(b"MM\0*", b"XX\0*").replace(b"II*\0", b"XX\0*")) == 1

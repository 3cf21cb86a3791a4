"""Truncated, padded and oversized PNG, JPEG, BMP, TIFF and Phoenix files."""

import struct
import zlib
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sarvl.errors import ImageError
from sarvl.imagery import read_image, read_size
from sarvl.imagery.containers import Container, container_size

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")  # by the writing

PROGRESSIVE = [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]
RESTARTS = [cv2.IMWRITE_JPEG_RST_INTERVAL, 2]
ENCODINGS = {
    "gray.png": (".png", []),
    "colour.png": (".png", []),
    "gray.jpg": (".jpg", []),
    "colour.jpg": (".jpg", []),
    "colour-progressive.jpg": (".jpg", PROGRESSIVE),
    "colour-restarts.jpg": (".jpg", RESTARTS),
    "gray.bmp": (".bmp", []),
    "colour.bmp": (".bmp", []),
}
HEIGHT, WIDTH = 37, 50


def speckle(channels: int) -> np.ndarray:
    generator = np.random.default_rng(0)
    pixels = np.clip(generator.rayleigh(50, (HEIGHT, WIDTH, channels)), 0, 255).astype(np.uint8)
    return pixels[..., 0] if channels == 1 else pixels


@cache
def encoded(name: str) -> bytes:
    ending, options = ENCODINGS[name]
    return cv2.imencode(ending, speckle(1 if name.startswith("gray") else 3), options)[1].tobytes()


@cache
def tiff_bytes(compress: str) -> bytes:
    with rasterio.MemoryFile() as memory:
        options = {"width": WIDTH, "height": HEIGHT, "count": 1, "dtype": "uint8", "compress": compress}
        with memory.open(driver="GTiff", **options) as dataset:
            dataset.write(speckle(1)[None])
        return bytes(memory.getbuffer())


@pytest.mark.parametrize("name", ENCODINGS)
def test_whole_file_reads_and_bytes_after_its_end_are_allowed(name: str, tmp_path: Path, capfd):
    path = tmp_path / name
    path.write_bytes(encoded(name) + b"\0" * 700)
    image = read_image(path)
    decoded = cv2.imdecode(np.frombuffer(encoded(name), np.uint8), cv2.IMREAD_UNCHANGED)
    expected = decoded[None] if decoded.ndim == 2 else decoded[..., ::-1].transpose(2, 0, 1)
    np.testing.assert_array_equal(image.pixels, expected)
    assert read_size(path) == (image.width, image.height) == (WIDTH, HEIGHT)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("name", ENCODINGS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_file_cut_anywhere_is_refused(name: str, tmp_path: Path, data: st.DataObject):
    whole = encoded(name)
    path = tmp_path / name
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(ImageError, match=name) as refusal:
        read_image(path)
    assert "\n" not in str(refusal.value)


# An uncompressed BMP has no checksum: zeros are valid pixels there.
@pytest.mark.parametrize("name", [name for name in ENCODINGS if not name.endswith(".bmp")])
def test_cut_file_padded_with_zeros_to_its_length_is_refused(name: str, tmp_path: Path, capfd):
    whole = encoded(name)
    path = tmp_path / name
    path.write_bytes(whole[: len(whole) // 2].ljust(len(whole), b"\0"))
    with pytest.raises(ImageError, match="truncated or damaged"):
        read_image(path)
    assert capfd.readouterr().err == ""


def test_thumbnail_that_ends_inside_a_cut_jpeg_does_not_pass_for_its_end(tmp_path: Path):
    whole = encoded("gray.jpg")
    segment = b"\xff\xe1" + struct.pack(">H", len(whole) + 2) + whole
    path = tmp_path / "thumbnail.jpg"
    path.write_bytes(whole[:2] + segment + whole[2:])
    assert read_size(path) == (WIDTH, HEIGHT)
    path.write_bytes(whole[:2] + segment + whole[2:-40])
    with pytest.raises(ImageError, match="truncated"):
        read_image(path)


def test_size_is_found_behind_metadata_longer_than_the_first_read(tmp_path: Path):
    whole = encoded("gray.jpg")
    profile = b"\xff\xe2" + struct.pack(">H", 65535) + bytes(65533)
    path = tmp_path / "profile.jpg"
    path.write_bytes(whole[:2] + profile * 3 + whole[2:])
    assert read_size(path) == (WIDTH, HEIGHT)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize("compress", ["none", "lzw"])
def test_tiff_cut_anywhere_is_refused(compress: str, tmp_path: Path, data: st.DataObject):
    whole = tiff_bytes(compress)
    path = tmp_path / "cut.tif"
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(ImageError, match=r"cut\.tif"):
        read_image(path)


def test_flipped_bit_in_a_png_fails_its_checksum(tmp_path: Path):
    damaged = bytearray(encoded("gray.png"))
    damaged[len(damaged) // 2] ^= 4
    path = tmp_path / "flipped.png"
    path.write_bytes(damaged)
    with pytest.raises(ImageError, match="checksum"):
        read_image(path)


def png_header(width: int, height: int) -> bytes:
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


@pytest.mark.parametrize("function", [read_image, read_size])
def test_header_that_announces_too_many_pixels_is_refused_before_decoding(function, tmp_path: Path):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(65535, 65535))
    with pytest.raises(ImageError, match=r"more than 268435456 pixels"):
        function(path)


@pytest.mark.parametrize("function", [read_image, read_size])
def test_sparse_tiff_of_too_many_pixels_is_refused_before_decoding(function, tmp_path: Path):
    path = tmp_path / "bomb.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=40000, height=40000, count=1, dtype="uint8", tiled=True, sparse_ok=True
    ):
        pass
    with pytest.raises(ImageError, match=r"more than 268435456 pixels"):
        function(path)


@pytest.mark.parametrize("function", [read_image, read_size])
def test_zero_size_header_is_refused(function, tmp_path: Path):
    path = tmp_path / "empty.png"
    path.write_bytes(png_header(0, 10))
    with pytest.raises(ImageError, match="zero size"):
        function(path)


def test_old_bmp_header_gives_its_size():
    header = b"BM" + struct.pack("<IHHI", 0, 0, 0, 26) + struct.pack("<IHHHH", 12, 7, 5, 1, 24)
    assert container_size(Container.BMP, header) == (7, 5)

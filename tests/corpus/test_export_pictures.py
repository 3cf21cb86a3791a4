"""Pictures of an export: bytes kept where other libraries read what sarvl reads, elsewhere PNG of the same values."""

import cv2
import numpy as np
import pytest
from made_corpus import corpus_image, image_of, speckle
from PIL import Image

from sarvl.corpus.export.picture import picture_of
from sarvl.errors import CorpusError
from sarvl.imagery import read_image, render_display

RGB = np.stack([speckle(seed=seed) for seed in (1, 2, 3)], -1)
COLOURS = ["red", "green", "blue"]


def decoded(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


@pytest.mark.parametrize(
    ("file", "pixels", "bands"),
    [("a.png", speckle(), ["gray"]), ("a.jpg", speckle(), ["gray"]), ("a.png", RGB, COLOURS), ("a.jpg", RGB, COLOURS)],
)
def test_plain_files_are_kept_byte_for_byte(tmp_path, file, pixels, bands):
    row = image_of(tmp_path, "s", file, pixels, bands=bands)
    picture = picture_of(tmp_path / "s" / file, corpus_image(row), "keep")
    assert (picture.treatment, picture.extension) == ("kept", file[-3:])
    assert picture.data == (tmp_path / "s" / file).read_bytes()


def test_png_is_written_where_it_is_asked_for(tmp_path):
    row = image_of(tmp_path, "s", "a.jpg", speckle())
    picture = picture_of(tmp_path / "s" / "a.jpg", corpus_image(row), "png")
    assert (picture.treatment, picture.extension) == ("converted", "png")
    np.testing.assert_array_equal(decoded(picture.data), read_image(tmp_path / "s" / "a.jpg").pixels[0])


@pytest.mark.parametrize(
    ("file", "pixels", "bands"),
    [
        ("a.bmp", speckle(), ["gray"]),
        ("a.tif", speckle(), ["1"]),
        ("a.png", RGB, ["green"]),
        ("a.png", np.dstack([RGB, np.where(speckle(seed=9) > 60, 255, 0).astype(np.uint8)]), COLOURS),
    ],
    ids=["bmp", "tiff", "one band of three", "alpha"],
)
def test_other_files_become_png_of_the_same_values(tmp_path, file, pixels, bands):
    row = image_of(tmp_path, "s", file, pixels, bands=bands)
    path = tmp_path / "s" / file
    picture = picture_of(path, corpus_image(row), "keep")
    assert (picture.treatment, picture.extension) == ("converted", "png")
    read = read_image(path, bands=bands).pixels
    found = decoded(picture.data)
    np.testing.assert_array_equal(found if found.ndim == 2 else found[:, :, ::-1], np.squeeze(read.transpose(1, 2, 0)))


def test_a_palette_is_written_out(tmp_path):
    row = image_of(tmp_path, "s", "a.png", RGB, bands=COLOURS)
    path = tmp_path / "s" / "a.png"
    Image.open(path).quantize(8).save(path)
    from sarvl.files import sha256_of_file

    picture = picture_of(path, corpus_image(row | {"sha256": sha256_of_file(path)}), "keep")
    assert picture.treatment == "converted"
    np.testing.assert_array_equal(decoded(picture.data)[:, :, ::-1], np.asarray(Image.open(path).convert("RGB")))


@pytest.mark.parametrize("looks", [None, 4.0])
def test_physical_quantities_are_rendered_with_their_looks(tmp_path, looks):
    amplitude = speckle(seed=4).astype(np.uint16) * 90
    row = image_of(tmp_path, "s", "a.tif", amplitude, quantity="amplitude", bands=["1"], looks=looks)
    path = tmp_path / "s" / "a.tif"
    picture = picture_of(path, corpus_image(row), "keep")
    wanted = render_display(read_image(path, quantity="amplitude"), looks=looks or 1.0)
    assert (picture.treatment, picture.extension) == ("rendered", "png")
    np.testing.assert_array_equal(decoded(picture.data), wanted.pixels[0])


def test_two_bands_are_refused_with_advice(tmp_path):
    both = np.stack([speckle(seed=1), speckle(seed=2)]).astype(np.float32)
    row = image_of(tmp_path, "s", "a.tif", both, quantity="amplitude", bands=["1", "2"])
    with pytest.raises(CorpusError, match=r"2 bands \(1, 2\), a picture has one or three"):
        picture_of(tmp_path / "s" / "a.tif", corpus_image(row), "keep")

"""The pixel cache: what it holds, and what becomes of it on a disk that is full or torn."""

import os
import shutil
from errno import ENOSPC
from pathlib import Path

import numpy as np
import pytest
from micro import make_corpus

from sarvl.corpus import pixel_cache
from sarvl.errors import CorpusError, ImageError
from sarvl.imagery import BandContract, InputContract, Named, Prepared, Square, Tiled

SQUARE = InputContract.of_pictures(16, (0.5,), (0.5,), range_db=(-20.0, 0.0))
TILED = SQUARE.model_copy(update={"frame": Tiled(tile=16, most_tiles=6, overlap=2)})


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory):
    return make_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.mark.parametrize("contract", [SQUARE, TILED], ids=["square", "tiled"])
@pytest.mark.parametrize("workers", [1, 2])
def test_it_holds_what_preparing_each_image_gives(corpus, contract, workers) -> None:
    images = pixel_cache(corpus, contract, workers)
    assert len(images) == len(corpus.images) == 56
    expected = [contract.prepare(corpus.read(row)) for row in range(len(images))]
    for found, wanted in zip(map(images.__getitem__, range(len(images))), expected, strict=True):
        assert_same(found, wanted)
    rows = [55, 0, 7, 7]
    for place, found in enumerate(map(images.batch(rows).__getitem__, range(len(rows)))):
        assert_same(found, expected[rows[place]])
    assert not images.tiles.flags.writeable
    counts = np.diff(images.starts)
    # Scenes of 48 x 40 pixels need 4 x 3 tiles, which 6 allow only at a smaller scale; chips of 24 x 24 need 2 x 2.
    assert set(counts.tolist()) == ({1} if contract is SQUARE else {5, 7})


def assert_same(found: Prepared, wanted: Prepared) -> None:
    np.testing.assert_array_equal(found.tiles, wanted.tiles)
    np.testing.assert_array_equal(found.offsets, wanted.offsets)
    assert found.grid == wanted.grid


def test_it_is_made_once_for_each_contract(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path)
    pixel_cache(corpus, SQUARE)
    (folder,) = (corpus.folder / "pixels").iterdir()
    made = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert set(made) == {"tiles.npy", "offsets.npy", "grids.npy", "starts.npy"}
    pixel_cache(corpus, SQUARE)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == made
    pixel_cache(corpus, TILED)
    assert len(list((corpus.folder / "pixels").iterdir())) == 2


def test_an_image_that_lacks_a_band_is_named(corpus) -> None:
    band = BandContract(name="VV", source=Named(band="VV"), mean=0.5, std=0.5)
    with pytest.raises(ImageError, match=r"\.png: no band VV, which the model takes; it has gray"):
        pixel_cache(corpus, InputContract(bands=(band,), frame=Square(size=16)))


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: int) -> None:
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    corpus = make_corpus(tmp_path)
    with monkeypatch.context() as patched, pytest.raises(CorpusError, match=r"pixels: cannot be written \(No space"):
        patched.setattr(os, "posix_fallocate", full)
        pixel_cache(corpus, SQUARE)
    assert list((corpus.folder / "pixels").iterdir()) == []
    assert pixel_cache(corpus, SQUARE).tiles.shape == (56, 1, 16, 16)


@pytest.mark.parametrize("array", ["tiles", "offsets", "grids", "starts"])
@pytest.mark.parametrize("bytes_kept", [0, 5, 100, None])
def test_a_torn_cache_is_one_line(tmp_path: Path, array: str, bytes_kept: int | None) -> None:
    corpus = make_corpus(tmp_path)
    pixel_cache(corpus, SQUARE)
    (folder,) = (corpus.folder / "pixels").iterdir()
    path = folder / f"{array}.npy"
    path.unlink() if bytes_kept is None else os.truncate(path, bytes_kept)
    with pytest.raises(CorpusError, match="not the pixels of this corpus; remove the folder"):
        pixel_cache(corpus, SQUARE)


def test_the_cache_of_another_corpus_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "smaller").mkdir()
    corpus, smaller = make_corpus(tmp_path), make_corpus(tmp_path / "smaller", chips=3)
    for made in (corpus, smaller):
        pixel_cache(made, SQUARE)
    (theirs,), (ours,) = ((made.folder / "pixels").iterdir() for made in (smaller, corpus))
    shutil.rmtree(ours)
    shutil.copytree(theirs, ours)
    with pytest.raises(CorpusError, match="not the pixels of this corpus"):
        pixel_cache(corpus, SQUARE)

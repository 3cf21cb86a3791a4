"""The pixel cache: every image of a corpus as a model sees it, made once for each corpus and input contract."""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sarvl.corpus.store import Corpus
from sarvl.corpus.workspace import writing
from sarvl.errors import CorpusError
from sarvl.files import atomic_path
from sarvl.imagery import InputContract, PreparedImages, read_image
from sarvl.parallel import ordered_map

Pixels = NDArray[np.uint8]


def pixel_cache(corpus: Corpus, contract: InputContract, workers: int | None = None) -> PreparedImages:
    """Return all images as the contract prepares them, their tiles in a read-only memory map, made where it is missing.

    C is 3 where the contract takes three channels and the corpus has an image of three bands, else 1: grey images are
    kept once and repeated by the model. Raises ImageError where an image cannot be brought to the contract, CorpusError
    where the map cannot be written.
    """
    path = corpus.folder / "pixels" / f"{corpus.digest[:12]}-{contract.digest()[:12]}.npy"
    channels = 3 if contract.channels == 3 and any(len(bands) == 3 for bands in corpus.column("bands")) else 1
    shape = (len(corpus.images), channels, contract.size, contract.size)
    if not path.is_file():
        _make(corpus, contract, shape, path, workers)
    try:
        pixels: Pixels = np.load(path, mmap_mode="r", allow_pickle=False)
    except (EOFError, ValueError):  # a torn file
        pixels = np.empty(0, np.uint8)
    if pixels.shape != shape or pixels.dtype != np.uint8:
        raise CorpusError(f"{path}: not the pixels of this corpus; remove the file, it is made again")
    return PreparedImages(
        pixels, _whole_images(corpus), np.ones((len(pixels), 2), np.int32), np.arange(len(pixels) + 1)
    )


def _whole_images(corpus: Corpus) -> NDArray[np.int32]:
    sides = np.array([corpus.column("width"), corpus.column("height")], np.int32).T  # (N, 2)
    return np.hstack([np.zeros_like(sides), sides])


def _make(corpus: Corpus, contract: InputContract, shape: tuple[int, ...], path: Path, workers: int | None) -> None:
    records = list(zip(corpus.paths, corpus.column("quantity"), corpus.column("bands"), strict=True))
    with writing(path.parent), atomic_path(path) as temporary:
        pixels = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.uint8, shape=shape)
        _reserve(temporary)
        work = partial(prepare_images, contract=contract)
        for row, prepared in enumerate(ordered_map(work, records, workers, "pixel cache")):
            pixels[row] = prepared
        pixels.flush()


def _reserve(path: Path) -> None:
    """Claim the disk for a file of holes: where it runs out later, writing to the map would end the process."""
    if hasattr(os, "posix_fallocate"):  # not on macOS
        with path.open("r+b") as stream:
            os.posix_fallocate(stream.fileno(), 0, path.stat().st_size)


def prepare_images(records: Sequence[tuple[Path, str, list[str]]], contract: InputContract) -> list[Pixels]:
    """Read a chunk of (path, quantity, bands) and bring each image to the contract: uint8 (C, S, S)."""
    return [contract.prepare(read_image(path, quantity=quantity, bands=bands)) for path, quantity, bands in records]

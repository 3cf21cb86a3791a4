"""The pixel cache: every image of a corpus as a model sees it, made once for each corpus and input contract."""

import os
from collections.abc import Sequence
from dataclasses import fields
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarvl.corpus.mapped_array import mapped_array
from sarvl.corpus.store import Corpus
from sarvl.corpus.workspace import writing
from sarvl.errors import CorpusError
from sarvl.files import made_folder
from sarvl.imagery import InputContract, Prepared, PreparedImages, Quantity, Reading, SarImage, read_image
from sarvl.imagery.prepared import starts_of
from sarvl.parallel import ordered_map

_ARRAYS = tuple(field.name for field in fields(PreparedImages))
Shape = tuple[int, ...]


def pixel_cache(
    corpus: Corpus, contract: InputContract, workers: int | None = None, gain_db: float = 0.0
) -> PreparedImages:
    """Return all images as the contract prepares them, in read-only memory maps, made where they are missing.

    gain_db: of ``InputContract.prepare``; each gain has a folder of its own.

    The folder holds one array a field of ``PreparedImages``. The tiles have one plane where no image needs more: grey
    images are kept once, and repeated by the model. Raises ImageError where an image cannot be brought to the contract,
    CorpusError where the folder cannot be written, or does not hold the images of the corpus.
    """
    name = f"{corpus.digest[:12]}-{contract.digest()[:12]}" + (f"{gain_db:+g}dB" if gain_db else "")
    folder = corpus.folder / "pixels" / name
    tile = _tile_shape(corpus, contract)
    if not folder.is_dir():
        _make(corpus, contract, gain_db, folder, workers)
    arrays = [array for name in _ARRAYS if (array := mapped_array(_path(folder, name))) is not None]
    images = PreparedImages(*arrays) if len(arrays) == len(_ARRAYS) else None
    if images is None or not _fits(images, tile, len(corpus.images)):
        raise CorpusError(f"{folder}: not the pixels of this corpus; remove the folder, it is made again")
    return images


def prepared_rows(
    corpus: Corpus, contract: InputContract, rows: NDArray[np.int64], workers: int | None = None
) -> PreparedImages:
    """Return some images as the contract prepares them, in memory; nothing is kept on disk."""
    records = [(corpus.paths[row], corpus.readings[row]) for row in rows]
    work = partial(prepare_images, contract=contract)
    return PreparedImages.of(list(ordered_map(work, records, workers, "prepare images", "images")))


def _path(folder: Path, array: str) -> Path:
    return folder / f"{array}.npy"


def _fits(images: PreparedImages, tile: Shape, count: int) -> bool:
    starts, grids = images.starts, images.grids
    if starts.shape != (count + 1,) or grids.shape != (count, 2) or {starts.dtype.kind, grids.dtype.kind} != {"i"}:
        return False
    if starts[0] != 0 or (np.diff(starts) < 1).any():
        return False
    tiles = int(starts[-1])
    return (
        images.tiles.dtype == np.uint8
        and images.tiles.shape == (tiles, *tile)
        and images.offsets.dtype.kind == "i"
        and images.offsets.shape == (tiles, 4)
    )


def _tile_shape(corpus: Corpus, contract: InputContract) -> Shape:
    """Return (C, S, S); C is the most planes that an image of the corpus has in the contract."""
    kinds = zip(corpus.column("quantity"), map(tuple, corpus.column("bands")), corpus.paths, strict=True)
    first = {(quantity, bands): path for quantity, bands, path in kinds}
    channels = max(
        contract.planes_of(SarImage(np.empty((len(bands), 1, 1)), Quantity(quantity), bands, path=path))
        for (quantity, bands), path in first.items()
    )
    return channels, contract.frame.side, contract.frame.side


def _make(corpus: Corpus, contract: InputContract, gain_db: float, folder: Path, workers: int | None) -> None:
    layout = cache(contract.frame.layout)
    prepare = partial(prepare_images, contract=contract, gain_db=gain_db)
    sizes = zip(corpus.column("width"), corpus.column("height"), strict=True)
    starts = starts_of([layout(width, height).tiles for width, height in sizes])
    records = list(zip(corpus.paths, corpus.readings, strict=True))
    with writing(folder.parent), made_folder(folder) as work:
        if work is None:
            return
        tiles = _reserved(_path(work, "tiles"), (int(starts[-1]), *_tile_shape(corpus, contract)))
        offsets, grids = np.empty((len(tiles), 4), np.int32), np.empty((len(records), 2), np.int32)
        prepared = ordered_map(prepare, records, workers, "pixel cache", "images")
        for row, image in enumerate(prepared):
            run = slice(starts[row], starts[row + 1])
            if len(image.tiles) != len(offsets[run]):
                raise CorpusError(f"{records[row][0]}: not of the size that it had; build the corpus again")
            tiles[run], offsets[run], grids[row] = image.tiles, image.offsets, image.grid
        tiles.flush()
        for name, array in (("offsets", offsets), ("grids", grids), ("starts", starts)):
            np.save(_path(work, name), array)


def _reserved(path: Path, shape: Shape) -> Any:
    """Return a writable memory map whose disk is claimed: where that runs out later, writing would end the process."""
    array = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
    if hasattr(os, "posix_fallocate"):  # not on macOS
        with path.open("r+b") as stream:
            os.posix_fallocate(stream.fileno(), 0, path.stat().st_size)
    return array


def prepare_images(
    records: Sequence[tuple[Path, Reading]], contract: InputContract, gain_db: float = 0.0
) -> list[Prepared]:
    """Read a chunk of files, each as its reading says, and bring each image to the contract."""
    return [contract.prepare(read_image(path, **reading._asdict()), gain_db) for path, reading in records]

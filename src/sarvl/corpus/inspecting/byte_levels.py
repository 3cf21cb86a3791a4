"""Byte levels: which bytes the images of each source become for a model, and whether these are enough."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sarvl.corpus.levels import SourceSample, contract_for
from sarvl.corpus.store import Corpus
from sarvl.errors import ImageError
from sarvl.imagery import BandContract, Grey, InputContract, Named, Quantity, Reading, Square, read_image
from sarvl.imagery.levels import levels_used
from sarvl.imagery.stored_image import COLOURS
from sarvl.parallel import ordered_map
from sarvl.seeds import seeded_number

IMAGES_A_SOURCE = 32
SIDE_PX = 128
_TRAINING = "train"

Counts = NDArray[np.int64]


class ByteLevels(NamedTuple):
    """How many pixels of a sample of one source have each byte, in one band.

    fitted: in the ranges that ``sarvl train`` would fit to the training split, 256 counts. default: in those of a model
    that sarvl never trained.
    """

    source: str
    quantity: str
    band: str
    fitted: list[int]
    default: list[int]

    @property
    def levels(self) -> int:
        """How many bytes hold 99 % of the pixels."""
        return levels_used(np.array(self.fitted))

    @property
    def default_levels(self) -> int:
        """The same in the default ranges."""
        return levels_used(np.array(self.default))

    @property
    def mean(self) -> float:
        """The mean byte."""
        return float(np.average(np.arange(256), weights=self.fitted))

    @property
    def spread(self) -> float:
        """The standard deviation of the bytes."""
        return float(np.sqrt(np.average((np.arange(256) - self.mean) ** 2, weights=self.fitted)))

    def share_of(self, byte: int) -> float:
        """Return the share of the pixels with a byte."""
        return self.fitted[byte] / sum(self.fitted)


class _Kind(NamedTuple):
    source: str
    quantity: str
    bands: tuple[str, ...]


def byte_levels(corpus: Corpus, workers: int | None) -> tuple[list[ByteLevels], list[str]]:
    """Return the levels of each source, and the sources whose images cannot be read any more.

    Up to 32 images of a source are read, of its training split where it has one, always the same.
    """
    levels: list[ByteLevels] = []
    unread: list[str] = []
    samples = _samples(corpus)
    for bands in sorted({kind.bands for kind in samples}):
        default = _contract_of(bands)
        counted: dict[_Kind, Counts] = {}
        for kind in (kind for kind in samples if kind.bands == bands):
            try:
                counted[kind] = _counted(samples[kind], default, workers)
            except ImageError:
                unread.append(kind.source)
        physical = [samples[kind] for kind in counted if kind.quantity != Quantity.DISPLAY]
        fitted = contract_for([sample for sample in physical if _is_trained_on(sample)], default, workers)
        for kind, counts in counted.items():
            shown = counts if fitted == default else _counted(samples[kind], fitted, workers)
            levels += _of_bands(kind, default, shown, counts)
    return sorted(levels), sorted(set(unread))


def _samples(corpus: Corpus) -> dict[_Kind, SourceSample]:
    """Return a sample of each kind of image of each source."""
    columns = (corpus.column(name) for name in ("source", "quantity", "bands", "split"))
    rows: dict[_Kind, tuple[list[int], list[int]]] = {}
    for row, (source, quantity, bands, split) in enumerate(zip(*columns, strict=True)):
        of_training, others = rows.setdefault(_Kind(source, quantity, tuple(bands)), ([], []))
        (of_training if split == _TRAINING else others).append(row)
    return {
        kind: SourceSample(corpus, kind.source, _drawn(of_training or others, kind.source))
        for kind, (of_training, others) in sorted(rows.items())
    }


def _drawn(rows: Sequence[int], source: str) -> NDArray[np.int64]:
    order = np.random.default_rng(seeded_number("bytes", source)).permutation(len(rows))
    return np.sort(np.array(rows, np.int64)[order[:IMAGES_A_SOURCE]])


def _is_trained_on(sample: SourceSample) -> bool:
    return bool(sample.corpus.images["split"][int(sample.rows[0])].as_py() == _TRAINING)


def _contract_of(bands: tuple[str, ...]) -> InputContract:
    """Return a contract that shows one band as grey, a picture in colours by its brightness, and several bands each."""
    source_of = {"brightness": Grey()} if bands == COLOURS else {band: Named(band=band) for band in bands}
    shown = tuple(BandContract(name=name, source=source, mean=0.5, std=0.5) for name, source in source_of.items())
    return InputContract(bands=shown, frame=Square(size=SIDE_PX))


def _counted(sample: SourceSample, contract: InputContract, workers: int | None) -> Counts:
    """Return how many pixels of a sample have each byte, ``(bands, 256)``."""
    count = partial(_count_bytes, contract=contract)
    total = np.zeros((len(contract.bands), 256), np.int64)
    for counts in ordered_map(count, sample.files, workers, f"bytes of {sample.source}", "images"):
        total += counts
    return total


def _count_bytes(files: Sequence[tuple[object, Reading]], contract: InputContract) -> list[Counts]:
    images = (read_image(path, **reading._asdict()) for path, reading in files)  # type: ignore[arg-type]
    prepared = (contract.prepare(image).tiles for image in images)
    bands = len(contract.bands)
    return [
        np.stack([np.bincount(tiles[:, band % tiles.shape[1]].ravel(), minlength=256) for band in range(bands)])
        for tiles in prepared
    ]


def _of_bands(kind: _Kind, contract: InputContract, fitted: Counts, default: Counts) -> Iterator[ByteLevels]:
    for band, shown, before in zip(contract.bands, fitted.tolist(), default.tolist(), strict=True):
        yield ByteLevels(kind.source, kind.quantity, band.name, shown, before)

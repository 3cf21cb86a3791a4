"""Levels of a corpus: the decibels and the bytes of a sample of each source, and the contract that suits them."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sarvl.corpus.store import Corpus
from sarvl.imagery import InputContract, Quantity, Reading, read_image
from sarvl.imagery.levels import Counts, count_decibels, fitted_band
from sarvl.parallel import ordered_map
from sarvl.seeds import seeded_number

IMAGES_A_SOURCE = 256
"""How many images of a source its range and curve are taken from."""
_IMAGES_AT_ONCE = 16

_Files = Sequence[tuple[Path, Reading]]


class SourceSample(NamedTuple):
    """Some images of a source of a corpus, as rows of its table: always the same."""

    corpus: Corpus
    source: str
    rows: NDArray[np.int64]

    @property
    def files(self) -> _Files:
        """The files, and how each is read."""
        return [(self.corpus.paths[row], self.corpus.readings[row]) for row in self.rows]


def fitted_contract(
    trained: Sequence[tuple[Corpus, str]], contract: InputContract, workers: int | None = None
) -> InputContract:
    """Return a contract whose ranges and curves suit the sources that it is to learn from.

    trained: corpora, each with the split that is trained on. Up to 256 images of each source are read, and each source
    counts as much as the next. Display bytes have no decibels: a contract of these alone stays as it is.

    Raises ImageError where an image cannot be read, or lacks a band of the contract.
    """
    samples = {
        (sample.corpus.digest, sample.source): sample
        for corpus, split in trained
        for sample in physical_samples(corpus, split, IMAGES_A_SOURCE)
    }
    return contract_for(list(samples.values()), contract, workers)


def contract_for(samples: Sequence[SourceSample], contract: InputContract, workers: int | None) -> InputContract:
    """Return a contract whose ranges and curves suit samples of physical quantities."""
    shares: list[dict[bool, NDArray[np.float64]]] = [{} for _ in contract.bands]
    for counted in _counted(samples, contract, workers):
        for of_numbers, counts in counted.items():
            for band, by_kind in enumerate(shares):
                share = counts[band] / max(1, counts[band].sum())
                by_kind[of_numbers] = by_kind.get(of_numbers, 0) + share
    lit = [{kind: share for kind, share in by_kind.items() if share.any()} for by_kind in shares]
    if not any(lit):
        return contract
    bands = tuple(fitted_band(band, by_kind) for band, by_kind in zip(contract.bands, lit, strict=True))
    return contract.model_copy(update={"bands": bands})


def physical_samples(corpus: Corpus, split: str | None, count: int) -> list[SourceSample]:
    """Return a sample of each source that has images of a physical quantity in a split, or in any where None."""
    quantities, splits, sources = (np.array(corpus.column(name)) for name in ("quantity", "split", "source"))
    chosen = quantities != Quantity.DISPLAY
    if split is not None:
        chosen &= splits == split
    return [
        SourceSample(corpus, source, _drawn(np.flatnonzero(chosen & (sources == source)), source, count))
        for source in sorted(set(sources[chosen].tolist()))
    ]


def _drawn(rows: NDArray[np.int64], source: str, count: int) -> NDArray[np.int64]:
    order = np.random.default_rng(seeded_number("levels", source)).permutation(len(rows))
    return np.sort(rows[order[:count]])


def _counted(
    samples: Sequence[SourceSample], contract: InputContract, workers: int | None
) -> Iterator[dict[bool, Counts]]:
    """Yield for each sample the counts of decibels, by whether its images have digital numbers."""
    parts = [
        (place, sample.files[start : start + _IMAGES_AT_ONCE])
        for place, sample in enumerate(samples)
        for start in range(0, len(sample.rows), _IMAGES_AT_ONCE)
    ]
    totals: list[dict[bool, Counts]] = [{} for _ in samples]
    results = ordered_map(partial(_count_parts, contract=contract), parts, workers, "ranges", "parts", items_a_chunk=1)
    for (place, _), counted in zip(parts, results, strict=True):
        _add(totals[place], counted)
    yield from totals


def _count_parts(parts: Sequence[tuple[int, _Files]], contract: InputContract) -> list[dict[bool, Counts]]:
    return [_count(files, contract) for _, files in parts]


def _count(files: _Files, contract: InputContract) -> dict[bool, Counts]:
    total: dict[bool, Counts] = {}
    for path, reading in files:
        of_numbers, counts = count_decibels(read_image(path, **reading._asdict()), contract)
        _add(total, {of_numbers: counts})
    return total


def _add(total: dict[bool, Counts], counted: dict[bool, Counts]) -> None:
    for of_numbers, counts in counted.items():
        total[of_numbers] = total[of_numbers] + counts if of_numbers in total else counts

"""N-grams of many sentences at once, counted in sparse matrices."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sarvl.measures.captions.referenced import ReferencedCaptions

LONGEST = 4


@dataclass(frozen=True)
class NgramCounts:
    """N-grams of one length. captions: ``(N, G)``. references: ``(R, G)``, those of the first caption first."""

    captions: csr_array
    references: csr_array


@dataclass(frozen=True)
class CaptionWords:
    """The words of captions and references; of sentences that are equal only one is held, since many are.

    numbers: ``(W,)`` of the distinct sentences one after the other, equal for equal words. lengths: ``(S,)``, words of
    each distinct sentence. captions, references: ``(N,)`` and ``(R,)``, which sentence each is.
    """

    numbers: NDArray[np.int64]
    lengths: NDArray[np.int64]
    captions: NDArray[np.int64]
    references: NDArray[np.int64]

    @classmethod
    def of(cls, scored: ReferencedCaptions) -> "CaptionWords":
        """Part sentences at blanks."""
        index: dict[str, int] = {}
        rows = [index.setdefault(text, len(index)) for text in chain(scored.captions, *scored.references)]
        words = [text.split() for text in index]
        numbers = _numbered(pa.array(list(chain.from_iterable(words)), pa.string()))
        lengths = np.array([len(own) for own in words], np.int64)
        of_caption, of_reference = np.split(np.array(rows, np.int64), [len(scored)])
        return cls(numbers, lengths, of_caption, of_reference)

    def ngrams(self) -> Iterator[NgramCounts]:
        """Yield the counts of n-grams, float64, for n from 1 to 4."""
        for counts in self._counts():
            yield NgramCounts(counts[self.captions], counts[self.references])

    def _counts(self) -> Iterator[csr_array]:
        """Yield how often each n-gram stands in each distinct sentence, ``(S, G)``."""
        sentences = np.repeat(np.arange(len(self.lengths)), self.lengths)  # (W,)
        to_end = np.repeat(np.cumsum(self.lengths), self.lengths) - np.arange(len(sentences))
        grams, starts = self.numbers, np.arange(len(sentences))
        yield _counted(sentences, grams, len(self.lengths))
        words = int(self.numbers.max(initial=0)) + 1
        for n in range(2, LONGEST + 1):
            goes_on = to_end[starts] >= n
            starts = starts[goes_on]
            grams = _numbered(pa.array(grams[goes_on] * words + self.numbers[starts + n - 1]))
            yield _counted(sentences[starts], grams, len(self.lengths))


def _numbered(values: pa.Array) -> NDArray[np.int64]:
    """Return a number for each value, equal for equal ones, from 0."""
    return np.asarray(values.dictionary_encode().indices.to_numpy(), np.int64)


def _counted(sentences: NDArray[np.int64], grams: NDArray[np.int64], count: int) -> csr_array:
    """Return how often each (sentence, n-gram) stands there."""
    shape = (count, int(grams.max(initial=-1)) + 1)
    counts = csr_array((np.ones(len(grams)), (sentences, grams)), shape)
    counts.sum_duplicates()
    return counts

"""How diverse texts are: distinct n-grams, lengths, and the cosines between sentence embeddings."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sarvl.errors import CorpusError
from sarvl.language.words.tokens import BETWEEN_WORDS
from sarvl.text_embedder import TextEmbedder

NGRAMS = (1, 2, 3)
EMBEDDED_TEXTS = 2000
_TEXTS_AT_ONCE = 2**15
_BITS_A_WORD = 21  # three words in 63 bits; enough for two million different ones


class Similarity(NamedTuple):
    """Mean and variance of the cosine over all pairs of ``texts`` sentences (the measure of SARLANG-1M)."""

    mean: float
    variance: float
    texts: int


def distinct_ngrams(texts: pa.ChunkedArray) -> dict[int, float]:
    """Return distinct-1, -2 and -3: the share of different n-grams among all (Li et al., NAACL 2016); 0 where none.

    Words are runs of letters and digits, capitals apart. An n-gram lies within one text.
    """
    words_seen: dict[str, int] = {}
    seen = {n: np.empty(0, np.int64) for n in NGRAMS}
    total = dict.fromkeys(NGRAMS, 0)
    for words, text in _words(texts, words_seen):
        for n in NGRAMS:
            grams = _ngrams(words, text, n)
            total[n] += len(grams)
            seen[n] = np.union1d(seen[n], grams)
    return {n: len(seen[n]) / total[n] if total[n] else 0.0 for n in NGRAMS}


def _words(texts: pa.ChunkedArray, words_seen: dict[str, int]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield, some texts at a time, the number of each word and the text that it stands in."""
    for batch in pa.table({"text": texts}).to_batches(max_chunksize=_TEXTS_AT_ONCE):
        split = pc.split_pattern_regex(pc.utf8_lower(batch["text"]), BETWEEN_WORDS)
        words, text = pc.list_flatten(split), pc.list_parent_indices(split)
        is_word = pc.not_equal(words, "")  # what stands before a first or behind a last full stop is none
        encoded = words.filter(is_word).dictionary_encode()
        numbers = [words_seen.setdefault(word, len(words_seen)) for word in encoded.dictionary.to_pylist()]
        yield np.array(numbers, np.int64)[encoded.indices.to_numpy()], text.filter(is_word).to_numpy()


def _ngrams(words: NDArray[np.int64], text: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Return the different n-grams, repeated as often as they occur, as one number each."""
    count = max(len(words) - n + 1, 0)
    grams = np.zeros(count, np.int64)
    for offset in range(n):
        grams = (grams << _BITS_A_WORD) | words[offset : offset + count]
    within: NDArray[np.int64] = grams[text[:count] == text[n - 1 :]]
    return within


def word_counts(texts: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return how many texts have 0, 1, 2, ... words, which are what stands between blanks."""
    return np.bincount(pc.count_substring_regex(texts, r"\S+").to_numpy(), minlength=1)


def similarity_of(texts: pa.ChunkedArray, embedder: TextEmbedder, seed: int) -> Similarity:
    """Return the cosines among at most 2,000 texts, drawn from ``seed``.

    Raises CorpusError where ``embedder`` does not give a vector each.
    """
    chosen = np.random.default_rng([seed, len(texts)]).permutation(len(texts))[:EMBEDDED_TEXTS]
    sentences: list[str] = texts.take(np.sort(chosen)).to_pylist()
    if len(sentences) < 2:
        raise CorpusError("similarity needs two captions or more; leave the embedder out")
    vectors = np.asarray(embedder.encode_texts(sentences), np.float64)
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    if vectors.ndim != 2 or len(vectors) != len(sentences) or not np.isfinite(lengths).all() or (lengths == 0).any():
        raise CorpusError(f"the embedder gave {vectors.shape} for {len(sentences)} texts; it must give a vector each")
    unit = vectors / lengths  # (N, D)
    cosines = (unit @ unit.T)[np.triu_indices(len(unit), k=1)]
    return Similarity(float(cosines.mean()), float(cosines.var()), len(sentences))

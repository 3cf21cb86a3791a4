"""Stems: which words are forms of one another."""

from functools import lru_cache

import snowballstemmer


@lru_cache(maxsize=2**16)
def stem_of(word: str) -> str:
    """Return the stem of a lower-case English word: Snowball's English stemmer (Porter 2001)."""
    # A stemmer of its own for each call: it keeps the word that it works on, and threads may stem at the same time.
    stem: str = snowballstemmer.stemmer("english").stemWord(word)
    return stem

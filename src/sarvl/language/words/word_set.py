"""Sets of words written as running text, so that long lists can be read."""


def word_set(text: str) -> frozenset[str]:
    """Return the words of ``text``, parted by white space."""
    return frozenset(text.split())

"""Tokens: a text in its words and signs."""

import re

_TOKEN = re.compile(r"[^\W_]+|(?<=\w)[-_](?=\w)|\S")


def tokens_of(text: str) -> list[str]:
    """Return the words and signs of ``text`` in lower case; hyphens and underscores inside words part them."""
    return [word for word in _TOKEN.findall(text.lower()) if word not in "-_"]

"""Written: a text as tokens."""

from typing import NamedTuple


class Written(NamedTuple):
    """The tokens of a text, without start, end and padding.

    log_probability: the sum over the tokens, natural logarithm, and over the end where the text has one.
    """

    tokens: tuple[int, ...]
    log_probability: float

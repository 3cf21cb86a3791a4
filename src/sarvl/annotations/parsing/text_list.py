"""Lists of texts that were written as one text: what Python or JSON prints of a list, as pandas saves one in a CSV."""

import ast
import io
import json
import re
import tokenize
import warnings
from contextlib import suppress
from typing import Any

_CLOSING = re.compile(r"""['"]\s*,?\s*[\])]""")
_OPENING = re.compile(r"""\s*[\[(]\s*['"]|\s*\[\s*\]\s*$""")


def texts_in(text: str) -> list[str]:
    """Return the texts of a list or tuple that was written as one text; the text itself where it is none.

    Raises ValueError where it begins as such a list and is none, or where commas are missing, as NumPy prints it.
    """
    is_cut = not _CLOSING.search(text)
    if not _OPENING.match(text) or not (is_cut or text.rstrip().endswith(("]", ")"))):
        return [text]
    shown = repr(text[:40])
    with suppress(ValueError, RecursionError):
        return _checked(json.loads(text), shown)
    values = _checked(_as_python(text, shown), shown)
    if len(values) != _strings(text):
        raise ValueError(f"{shown} lacks commas between its texts")
    return values


def _as_python(text: str, shown: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Python, about escapes such as \s
            return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise ValueError(f"{shown} begins as a list of texts, and is none") from None


def _checked(values: Any, shown: str) -> list[str]:
    if not isinstance(values, list | tuple) or not all(isinstance(value, str) for value in values):
        raise ValueError(f"{shown} is no list of texts")
    return list(values)


def _strings(text: str) -> int:
    """Return how many quoted strings stand in a text; Python joins those without a comma between them."""
    tokens = tokenize.generate_tokens(io.StringIO(f"({text.strip()})").readline)
    return sum(token.type == tokenize.STRING for token in tokens)

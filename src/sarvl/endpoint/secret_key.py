"""SecretKey: the key of an endpoint, and whether something that the server said holds it, in whatever writing."""

import base64
import html
import re
from functools import cached_property
from urllib.parse import unquote

_SHARED = (0, 2, 3)  # letters of base64 that hold bits of so many bytes in front
_PIECE = 8  # letters and digits; a shorter piece of a key may stand anywhere
_LEFT_OUT = "(its words hold the key, and are left out)"
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})|\\(?=.)")
_NO_LETTER = re.compile(r"[\W_]+")


class SecretKey:
    """A key that stands in nothing that is kept or shown; an empty one is none, and is found nowhere."""

    def __init__(self, key: str) -> None:
        self._key = key

    def headers(self) -> dict[str, str]:
        """Return the header of a request that bears the key."""
        return {"Authorization": f"Bearer {self._key}"} if self._key else {}

    def is_in(self, *texts: str | None) -> bool:
        """Say whether a text holds the key or a piece of it of eight letters and digits.

        It is found as it is, as JSON, HTML and URLs write it, in base64 and hexadecimal, and with other signs put
        between its letters. A key of less is found as a word: ``EMPTY`` and the like are no secret, but may be one.
        """
        return bool(self._key) and any(self._is_in_one(text) for text in texts if text)

    def told(self, text: str) -> str:
        """Return what a server said, ``***`` for the key; that it is left out where the key is in it otherwise."""
        told = text.replace(self._key, "***") if self._key else text
        return _LEFT_OUT if self.is_in(told) else told

    def _is_in_one(self, text: str) -> bool:
        readings = {text, html.unescape(text), unquote(text), unquote(text.replace("+", " ")), _ESCAPE.sub(_sign, text)}
        if any(self._key in reading and self._word.search(reading) for reading in readings):
            return True
        return any(piece in bare for bare in map(_bare, readings) for piece in self._pieces)

    @cached_property
    def _word(self) -> re.Pattern[str]:
        return re.compile(rf"(?<!\w){re.escape(self._key)}(?!\w)")

    @cached_property
    def _pieces(self) -> frozenset[str]:
        """All runs of eight letters and digits of the key in each of its writings; none where it is too short."""
        data = self._key.encode()
        # What stands before the key decides how its bytes fall into letters; those at the ends are shared with others.
        encoded = [base64.b64encode(bytes(n) + data).decode()[_SHARED[n] :].rstrip("=")[:-1] for n in range(3)]
        plain = [_bare(self._key)] if len(_bare(self._key)) >= _PIECE else []
        writings = [*plain, *map(_bare, [*encoded, data.hex()])] if plain else []
        return frozenset(
            writing[start : start + _PIECE] for writing in writings for start in range(len(writing) - _PIECE + 1)
        )


def _bare(text: str) -> str:
    return _NO_LETTER.sub("", text).casefold()


def _sign(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else ""

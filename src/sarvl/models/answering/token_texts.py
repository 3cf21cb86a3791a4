"""TokenTexts: the tokens of a vocabulary as texts, and which of them a pattern lets be written next."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sarvl.models.answering.patterns import Pattern

_MOST_KNOWN = 4096


class NextTokens(NamedTuple):
    """What may be written next.

    ids: the tokens (A,). way: where each goes, one of W (A,): what it adds, with all that can only follow it, is one
    way, however it is spelled. A blank before all ways, which changes nothing, is numbered W. is_whole: whether a way
    leads to one answer (W). patterns: what may be written behind each token (A).
    """

    ids: Tensor
    way: NDArray[np.int64]
    is_whole: tuple[bool, ...]
    patterns: tuple[Pattern, ...]

    @property
    def ways(self) -> int:
        """W."""
        return len(self.is_whole)


class TokenTexts:
    """The texts of the tokens that stand for whole characters.

    texts: by token id. Ids that stand for nothing, or for a part of a character, are left out of it.
    """

    def __init__(self, texts: Mapping[int, str]) -> None:
        """Sort the tokens by their characters."""
        self._texts = dict(texts)
        self._root: dict[str, Any] = {}
        for token, text in self._texts.items():
            node = self._root
            for character in text:
                node = node.setdefault(character, {})
            node.setdefault("", []).append(token)
        self._known: dict[Any, NextTokens] = {}

    @classmethod
    def of_transformers(cls, tokenizer: Any) -> "TokenTexts":
        """Return those of a tokenizer of transformers: of bytes, as GPT-2 writes them, or with a mark for a space.

        Special tokens are no text.
        """
        pieces = {token: piece for piece, token in tokenizer.get_vocab().items()}
        added = {token: str(piece) for token, piece in tokenizer.added_tokens_decoder.items()}
        plain = {token: piece for token, piece in pieces.items() if token not in added}
        read = _of_bytes if _is_of_bytes(plain.values()) else _of_marks
        texts = {token: text for token, piece in plain.items() if (text := read(piece))}
        special = set(tokenizer.all_special_ids)
        return cls(texts | {token: piece for token, piece in added.items() if token not in special and piece})

    def text(self, tokens: Iterable[int]) -> str:
        """Return the text of tokens that have one."""
        return "".join(self._texts[token] for token in tokens)

    def following(self, pattern: Pattern) -> NextTokens:
        """Return the tokens that a pattern lets be written next."""
        if pattern not in self._known:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[pattern] = self._following(pattern)
        return self._known[pattern]

    def _following(self, pattern: Pattern) -> NextTokens:
        each = sorted(self._allowed(self._root, pattern), key=lambda pair: pair[0])
        named = [self._way(token, behind) for token, behind in each]
        # Where an answer may end, a blank goes on with it, which is a way.
        ways = [name for name in dict.fromkeys(named) if name or pattern.is_whole]
        numbers = {name: number for number, name in enumerate(ways)}
        is_whole = {name: behind.only is not None for name, (_, behind) in zip(named, each, strict=True)}
        return NextTokens(
            torch.tensor([token for token, _ in each], dtype=torch.int64),
            np.array([numbers.get(name, len(ways)) for name in named], np.int64),
            tuple(is_whole[name] for name in ways),
            tuple(behind for _, behind in each),
        )

    def _way(self, token: int, following: Pattern) -> str:
        """Return what a token adds, with all that can only follow it, small and without spaces around."""
        return (self._texts[token] + following.common).strip().casefold()

    def _allowed(self, node: dict[str, Any], pattern: Pattern) -> Iterator[tuple[int, Pattern]]:
        for character, below in node.items():
            if character == "":
                if node is not self._root:
                    yield from ((token, pattern) for token in below)
            elif (following := pattern.after(character)) is not None:
                yield from self._allowed(below, following)


def _is_of_bytes(pieces: Iterable[str]) -> bool:
    """Tell whether all pieces are written in the 256 letters that GPT-2 has for bytes, one of them a space."""
    letters = _letters_of_bytes()
    has_space = False
    for piece in pieces:
        if not all(character in letters for character in piece):
            return False
        has_space = has_space or "Ġ" in piece
    return has_space


@lru_cache(maxsize=1)
def _letters_of_bytes() -> dict[str, int]:
    """Return the byte of each letter that GPT-2 writes for one (Radford et al. 2019, ``bytes_to_unicode``)."""
    shown = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    hidden = [byte for byte in range(256) if byte not in set(shown)]
    return {chr(byte): byte for byte in shown} | {chr(256 + place): byte for place, byte in enumerate(hidden)}


def _of_bytes(piece: str) -> str | None:
    try:
        return bytes(_letters_of_bytes()[letter] for letter in piece).decode()
    except UnicodeDecodeError:  # a part of a character
        return None


def _of_marks(piece: str) -> str | None:
    """Return the text of a piece whose spaces are marked as SentencePiece does; None of a byte alone."""
    is_byte = len(piece) == 6 and piece.startswith("<0x") and piece.endswith(">")
    return None if is_byte else piece.replace("▁", " ")

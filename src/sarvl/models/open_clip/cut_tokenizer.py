"""CutTokenizer: open_clip's own tokenizer with a part of its pieces, so that a text tower keeps a part of its rows.

A text whose pieces are all kept is read as open_clip reads it; another one in smaller pieces, at the least in bytes.
"""

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from pathlib import Path
from typing import Any, Literal

from torch import Tensor

from sarvl.documents import Document, read_document, write_document
from sarvl.errors import ModelError

VOCABULARY = "text_vocabulary.json"
_BYTES = 512  # the first pieces: each byte, within a word and at its end
_ADVICE = "restore the folder from one checkpoint"


class CutVocabulary(Document):
    """All of ``text_vocabulary.json``."""

    format_version: Literal[1] = 1
    """Version of the file."""
    pieces: tuple[int, ...]
    """What is kept of open_clip's vocabulary, by its numbers there, ascending; the places here are the numbers now."""


class CutTokenizer:
    """Makes ids of the pieces that are kept, as open_clip's ``SimpleTokenizer`` makes those of all."""

    def __init__(self, whole: Any, pieces: Sequence[int]) -> None:
        """Cut ``whole``, a ``SimpleTokenizer``, to ``pieces``.

        Raises ModelError where these are not ascending, or lack bytes, marks, or parts of others.
        """
        self.pieces = tuple(pieces)
        if list(self.pieces) != closed(self.pieces, whole):
            raise ModelError("its pieces are not ascending, or lack bytes, marks or parts of others")
        names = [whole.decoder[piece] for piece in self.pieces]
        kept = {*names}
        self._tokenizer = copy(whole)
        self._tokenizer.encoder = {name: number for number, name in enumerate(names)}
        self._tokenizer.decoder = dict(enumerate(names))
        self._tokenizer.bpe_ranks = {pair: rank for pair, rank in whole.bpe_ranks.items() if "".join(pair) in kept}
        self._tokenizer.cache = {name: name for name in names[-2:]}
        self._tokenizer.sot_token_id, self._tokenizer.eot_token_id = len(names) - 2, len(names) - 1

    def __call__(self, texts: Sequence[str], context_length: int | None = None) -> Tensor:
        """Return ids (T, context): start, pieces, end, zeros; a text that is too long is cut."""
        ids: Tensor = self._tokenizer(list(texts), context_length=context_length)
        return ids

    def save_pretrained(self, folder: Path) -> None:
        """Write the file of its pieces, from which ``read_cut_tokenizer`` makes it again."""
        write_document(Path(folder) / VOCABULARY, CutVocabulary(pieces=self.pieces))


def closed(pieces: Iterable[int], whole: Any) -> list[int]:
    """Return pieces with all bytes, both marks, and whatever they are merged from, ascending.

    Raises ModelError where the vocabulary has no such piece.
    """
    parts = {"".join(pair): pair for pair in whole.bpe_ranks}
    kept: set[int] = set()
    left = [*range(_BYTES), whole.sot_token_id, whole.eot_token_id, *pieces]
    while left:
        piece = left.pop()
        if piece not in whole.decoder:
            raise ModelError(f"open_clip's vocabulary has no piece {piece}")
        if piece not in kept:
            kept.add(piece)
            left += [whole.encoder[part] for part in parts.get(whole.decoder[piece], ())]
    return sorted(kept)


def read_cut_tokenizer(path: Path, whole: Any, rows: int) -> Callable[..., Tensor]:
    """Return the tokenizer of a file for a text tower of so many rows; ModelError where it is damaged or of another."""
    pieces = read_document(path, CutVocabulary, ModelError, _ADVICE).pieces
    if len(pieces) != rows:
        raise ModelError(f"{path}: {len(pieces)} pieces for a text tower of {rows}; {_ADVICE}")
    try:
        return CutTokenizer(whole, pieces)
    except ModelError as problem:
        raise ModelError(f"{path}: {problem}; {_ADVICE}") from problem

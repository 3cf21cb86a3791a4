"""Vocabulary: the pieces of words that a decoder of ours writes with, learnt from texts.

Byte pair encoding over bytes (Sennrich et al. 2016, Radford et al. 2019): every text can be written, and comes back as
it was. The marks of start, end and padding are no pieces: no text can hold one.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from sarvl.errors import ModelError
from sarvl.files import read_json, sha256_of

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MOST_PIECES = 4093
"""With the three marks, 4,096."""
_BYTES = 256
_NO_THREADS = "TOKENIZERS_PARALLELISM"


class Vocabulary:
    """Pieces with the ids from 0 on; ``padding``, ``start`` and ``end`` are the three ids behind them."""

    def __init__(self, tokenizer: "Tokenizer") -> None:
        """Take a tokenizer of the library ``tokenizers``, of bytes."""
        self._tokenizer = tokenizer
        self.pieces: int = tokenizer.get_vocab_size()
        self.padding, self.start, self.end = range(self.pieces, self.pieces + 3)

    @property
    def size(self) -> int:
        """How many ids there are."""
        return self.pieces + 3

    @property
    def is_learnt(self) -> bool:
        """Whether there are more pieces than the bytes."""
        return self.pieces > _BYTES

    @property
    def sha256(self) -> str:
        """SHA-256 of its file."""
        return sha256_of(self.text().encode())

    def text(self) -> str:
        """Return what a file of it holds: JSON of ``tokenizers``."""
        value = json.loads(self._tokenizer.to_str())
        return json.dumps(value, indent=1, ensure_ascii=False) + "\n"

    def tokens(self, texts: Sequence[str], context: int) -> Tensor:
        """Return ids (T, context): start, pieces, end and padding; a text that is too long is cut, its end with it."""
        rows = torch.full((len(texts), context), self.padding)
        for row, pieces in zip(rows, self.pieces_of(texts), strict=True):
            ids = [self.start, *pieces, self.end][:context]
            row[: len(ids)] = torch.tensor(ids)
        return rows

    def pieces_of(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of the pieces of each text, without marks."""
        return [self._tokenizer.encode(text).ids for text in texts]

    def cut(self, tokens: Tensor) -> list[int]:
        """Return which rows of ``tokens`` (T, context) hold a text that was cut."""
        return torch.nonzero(tokens[:, -1] < self.padding).flatten().tolist()

    def words(self, tokens: Iterable[int]) -> str:
        """Return the text of ids; marks among them say nothing."""
        return str(self._tokenizer.decode([token for token in tokens if token < self.pieces]))


def bytes_alone() -> Vocabulary:
    """Return the vocabulary before anything was learnt: each byte is a piece."""
    return Vocabulary(_tokenizer({letter: number for number, letter in enumerate(_alphabet())}, []))


def learnt_vocabulary(texts: Iterable[str], most_pieces: int = MOST_PIECES) -> Vocabulary:
    """Return a vocabulary of at most ``most_pieces`` pieces; the same texts give the same one, in whatever order."""
    from tokenizers.trainers import BpeTrainer  # noqa: PLC0415 - only for models that write with it

    tokenizer = _tokenizer({}, [])
    trainer = BpeTrainer(vocab_size=most_pieces, min_frequency=2, initial_alphabet=_alphabet(), show_progress=False)
    with _one_thread():
        tokenizer.train_from_iterator(texts, trainer)
    return Vocabulary(tokenizer)


def read_vocabulary(path: Path) -> Vocabulary:
    """Read the file of a vocabulary: only its pieces and their merges are taken.

    Raises ModelError where it cannot be read, or is none of bytes.
    """
    value = read_json(path, ModelError)
    try:
        model = value["model"]
        pieces = {str(piece): int(number) for piece, number in model["vocab"].items()}
        merges = [(str(first), str(second)) for first, second in model["merges"]]
        if sorted(pieces.values()) != list(range(len(pieces))) or not _BYTES <= len(pieces) <= MOST_PIECES:
            raise ValueError(f"it has {len(pieces)} pieces")
        if lost := set(_alphabet()) - pieces.keys():
            raise ValueError(f"{len(lost)} bytes have no piece")
        return Vocabulary(_tokenizer(pieces, merges))
    except Exception as problem:  # of many types: the library raises its own, which has no name
        reason = " ".join(str(problem).split()) or type(problem).__name__
        raise ModelError(f"{path}: no vocabulary of bytes ({reason}); restore it from a backup") from problem


def _tokenizer(pieces: dict[str, int], merges: list[tuple[str, str]]) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers  # noqa: PLC0415 - see above

    tokenizer: Any = Tokenizer(models.BPE(vocab=pieces, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _alphabet() -> list[str]:
    """Return the letters that stand for the bytes, always in the same order."""
    from tokenizers.pre_tokenizers import ByteLevel  # noqa: PLC0415 - see above

    return sorted(ByteLevel.alphabet())


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep the library from starting threads: it warns of every process that is forked from then on."""
    earlier = os.environ.get(_NO_THREADS)
    os.environ[_NO_THREADS] = "false"
    try:
        yield
    finally:
        if earlier is None:
            del os.environ[_NO_THREADS]
        else:
            os.environ[_NO_THREADS] = earlier

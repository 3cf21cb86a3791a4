"""The token cache: the texts of a corpus as a model reads them, made once for each corpus and tokenizer."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from torch import Tensor

from sarvl.corpus import Corpus
from sarvl.corpus.mapped_array import mapped_array
from sarvl.corpus.workspace import writing
from sarvl.errors import CorpusError
from sarvl.files import atomic_path, sha256_of
from sarvl.language.statement import Kind
from sarvl.models.protocols import TokenReader
from sarvl.progress import progress
from sarvl.training.data.text_columns import Indices, numbered, of_kinds

_TEXTS_AT_ONCE = 4096
_PROBES = 1000
_CUT = -1  # no token: fills the row of a text that does not fit


@dataclass(frozen=True)
class TextTokens:
    """Token ids of texts, read from the disk as they are asked for.

    rows: int32 (D, context), read-only memory map, one row a distinct text. row_of_text: (T,) the row of each text of
    the corpus, -1 where it is of another kind.
    """

    rows: NDArray[np.int32]
    row_of_text: Indices

    def of(self, texts: Indices) -> Tensor:
        """Return the token ids of rows of the texts table: int64 (B, context)."""
        return torch.from_numpy(self.rows[self.row_of_text[texts]]).long()

    def fits(self, texts: Indices) -> NDArray[np.bool_]:
        """Return for each of ``texts`` whether the whole of it fits the text tower: (B,)."""
        fits: NDArray[np.bool_] = self.rows[:, 0] != _CUT
        return fits[self.row_of_text[texts]]


def token_cache(corpus: Corpus, model: TokenReader, kinds: tuple[Kind, ...]) -> TextTokens:
    """Return the tokens of all texts of some kinds, made beside the corpus's pixels where they are missing.

    The file is named by the corpus's digest, the kinds, and what the tokenizer makes of up to 1,000 of the texts.
    Raises CorpusError where the file cannot be written, or holds something else.
    """
    asked = of_kinds(corpus.texts, kinds)
    row_of_asked, texts = numbered(corpus.texts["text"].filter(pa.array(asked)))
    if not len(texts):  # of one of several corpora
        width = model.tokenizer([""]).shape[1]
        return TextTokens(np.empty((0, width), np.int32), np.full(len(corpus.texts), -1, np.int64))
    probed = np.unique(np.linspace(0, len(texts) - 1, _PROBES).astype(np.int64))
    probe = model.tokenizer(texts.take(probed).to_pylist())
    shape = (len(texts), probe.shape[1])
    name = "-".join((corpus.digest[:12], *kinds, _identity(model, probe)[:12]))
    path = corpus.folder / "tokens" / f"{name}.npy"
    if not path.is_file():
        _make(texts, model, shape, path)
    rows = mapped_array(path)
    if rows is None or rows.shape != shape or rows.dtype != np.int32:
        raise CorpusError(f"{path}: not the tokens of this corpus; remove the file, it is made again")
    row_of_text = np.full(len(corpus.texts), -1, np.int64)
    row_of_text[asked] = row_of_asked
    return TextTokens(rows, row_of_text)


def _identity(model: TokenReader, probe: Tensor) -> str:
    """Return the SHA-256 of what a tokenizer is and does: its class and the tokens (P, context) of some texts."""
    return sha256_of(f"{type(model.tokenizer).__qualname__} {tuple(probe.shape)}".encode() + probe.numpy().tobytes())


def _make(texts: pa.Array, model: TokenReader, shape: tuple[int, int], path: Path) -> None:
    header = {"descr": np.lib.format.dtype_to_descr(np.dtype(np.int32)), "fortran_order": False, "shape": shape}
    with (
        writing(path.parent),
        atomic_path(path) as temporary,
        temporary.open("wb") as stream,
        progress("token cache", len(texts), "texts") as advance,
    ):
        np.lib.format.write_array_header_1_0(stream, header)
        for start in range(0, len(texts), _TEXTS_AT_ONCE):
            part = texts[start : start + _TEXTS_AT_ONCE].to_pylist()
            tokens = model.tokenizer(part)  # (T, context)
            rows = tokens.numpy().astype(np.int32)
            rows[model.too_long(part, tokens)] = _CUT
            stream.write(rows.tobytes())
            advance(len(part))

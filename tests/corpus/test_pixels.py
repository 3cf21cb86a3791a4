"""The pixel cache on a disk that is full."""

import os
from errno import ENOSPC
from pathlib import Path

import pytest
from micro import make_corpus

from sarvl.corpus import pixel_cache
from sarvl.errors import CorpusError
from sarvl.imagery import InputContract


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: int) -> None:
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    corpus = make_corpus(tmp_path)
    contract = InputContract(size=16, channels=1, mean=(0.5,), std=(0.5,), range_db=(-20.0, 0.0))
    with monkeypatch.context() as patched, pytest.raises(CorpusError, match=r"pixels: cannot be written \(No space"):
        patched.setattr(os, "posix_fallocate", full)
        pixel_cache(corpus, contract)
    assert list((corpus.folder / "pixels").iterdir()) == []
    assert pixel_cache(corpus, contract).tiles.shape == (56, 1, 16, 16)


@pytest.mark.parametrize("bytes_kept", [0, 5, 100, 1000])
def test_a_torn_cache_is_one_line(tmp_path: Path, bytes_kept: int) -> None:
    corpus = make_corpus(tmp_path)
    contract = InputContract(size=16, channels=1, mean=(0.5,), std=(0.5,), range_db=(-20.0, 0.0))
    pixel_cache(corpus, contract)
    (path,) = (corpus.folder / "pixels").iterdir()
    os.truncate(path, bytes_kept)
    with pytest.raises(CorpusError, match=r"\.npy: not the pixels of this corpus; remove the file"):
        pixel_cache(corpus, contract)

"""The workspace of a build: a hidden, locked folder inside the corpus's, moved into place when all of it is whole."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from sarvl.corpus.corpus_info import FILE
from sarvl.errors import CorpusError, unwritable
from sarvl.files import lock_file

_WORK = ".building"
_LOCK = ".lock"
_OF_A_CORPUS = (FILE, "rejects.parquet", _LOCK)  # one of them is there where a build was, even if it was stopped


@contextmanager
def workspace(out: Path) -> Iterator[Path]:
    """Yield an empty folder inside ``out`` to build in; it is gone when the block ends, whether or not it succeeds.

    What a killed build has left in ``out`` is removed first. Where nothing comes of it, a new ``out`` goes as well.
    Raises CorpusError where another build is at work in ``out``, where ``out`` cannot be written, or where it is no
    corpus and holds anything else.
    """
    with ExitStack() as stack:
        with writing(out):
            _check_replaceable(out)
            if not out.exists():
                stack.callback(_remove_if_empty, out)
            out.mkdir(parents=True, exist_ok=True)
            if not stack.enter_context(lock_file(out / _LOCK)):
                raise CorpusError(f"{out}: another build is at work in it; wait for its end, or choose another folder")
            work = out / _WORK
            if work.exists():
                shutil.rmtree(work)
            work.mkdir()
            stack.callback(shutil.rmtree, work, ignore_errors=True)
        yield work


def _check_replaceable(out: Path) -> None:
    if not out.is_dir() or any((out / name).exists() for name in _OF_A_CORPUS):
        return
    if foreign := sorted(set(os.listdir(out)) - {_WORK}):  # noqa: PTH208 - names, not paths
        raise CorpusError(f"{out}: holds {foreign[0]}, which no build wrote; give another --out, or move it away")


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def put_in_place(work: Path, out: Path) -> None:
    """Move the files of the workspace to ``out``, over those of an earlier corpus.

    corpus.json says that a corpus is whole: the old one goes first, the new one comes last.
    """
    with writing(out):
        (out / FILE).unlink(missing_ok=True)
        for path in sorted(work.iterdir(), key=lambda path: (path.name == FILE, path.name)):
            path.replace(out / path.name)


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Turn what the system says against writing into ``out`` into a CorpusError of one line."""
    try:
        yield
    except OSError as problem:
        raise CorpusError(unwritable(out, problem, "free space on its disk, or choose another folder")) from problem

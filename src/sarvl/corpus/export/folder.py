"""The folder of an export: it appears at once when all is written, and replaces nothing but an earlier export."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sarvl.corpus.export.export_info import MANIFEST, ExportInfo
from sarvl.documents import read_document
from sarvl.errors import CorpusError
from sarvl.files import replaced_folder


@contextmanager
def new_export(out: Path) -> Iterator[Path]:
    """Yield a working folder beside ``out`` that takes its place when the block ends without an error.

    Raises CorpusError where ``out`` exists, unless it is empty or holds what an earlier export wrote and no more, and
    where another export is on its way into it.
    """
    check_replaceable(out)
    with replaced_folder(out, CorpusError) as work:
        yield work
        check_replaceable(out)


def check_replaceable(out: Path) -> None:
    """Raise CorpusError where ``out`` holds anything that no export wrote."""
    if not out.exists():
        return
    if not out.is_dir():
        raise CorpusError(f"{out}: is a file; give another --out")
    there = set(os.listdir(out))  # noqa: PTH208 - names, not paths
    advice = "give another --out, or move it away"
    is_export = MANIFEST in there
    written = read_document(out / MANIFEST, ExportInfo, CorpusError, advice).entries if is_export else ()
    if foreign := sorted(there - set(written)):
        raise CorpusError(f"{out}: holds {foreign[0]}, which no export wrote; {advice}")

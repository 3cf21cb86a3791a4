"""Label files: plain text with one object a line, one file an image."""

from collections.abc import Sequence
from pathlib import Path

from sarvl.annotations.folder_files import FolderFiles
from sarvl.annotations.parsing.other_forms import advice_for
from sarvl.errors import AnnotationError, unreadable
from sarvl.files import file_bytes

MAX_LABEL_BYTES = 2**26
_FILES_TO_TELL_A_FORM = 20


def label_files(files: FolderFiles | None, path: Path, ending: str, asked: str) -> list[Path]:
    """Return the files of an ending below the folder ``path``, in the order of their relative paths.

    files: what lies below it, None where it is no folder. Raises AnnotationError where there is none, naming the
    format, if any, that reads what is there instead of the one that is asked for.
    """
    names = [file for file in files.files if file.lower().endswith(ending)] if files else []
    if not names:
        raise AnnotationError(f"{path}: no folder with *{ending}; {_advice(path, asked)}")
    return [path / file for file in sorted(names)]


def _advice(path: Path, asked: str) -> str:
    advice = advice_for(path, asked) if path.exists() else ""
    return advice if "it looks like" in advice else "correct `annotations`"


def label_lines(path: Path) -> list[tuple[int, str]]:
    """Return the lines of a text file that are not blank, stripped, each with its number from 1.

    Raises AnnotationError as ``label_text``.
    """
    lines = enumerate(label_text(path).splitlines(), 1)
    return [(number, line.strip()) for number, line in lines if line.strip()]


def readable_lines(path: Path) -> list[tuple[int, str]]:
    """Return the same; none where the file cannot be read, which is told where its image is."""
    try:
        return label_lines(path)
    except AnnotationError:
        return []


def first_lines(paths: Sequence[Path]) -> list[str]:
    """Return the first line of each of some files, as far as they can be read, to tell what form they have."""
    return [lines[0][1] for path in paths[:_FILES_TO_TELL_A_FORM] if (lines := readable_lines(path))]


def label_text(path: Path) -> str:
    """Return the text of a file; AnnotationError where it cannot be read as UTF-8, or is too large."""
    try:
        if file_bytes(path) > MAX_LABEL_BYTES:
            raise AnnotationError(f"{path}: larger than {MAX_LABEL_BYTES} bytes; give one file an image")
        return path.read_text(encoding="utf-8-sig")
    except OSError as problem:
        raise AnnotationError(unreadable(path, problem)) from problem
    except ValueError as problem:
        raise AnnotationError(f"{path}: not UTF-8 text ({problem}); check that the file is complete") from problem

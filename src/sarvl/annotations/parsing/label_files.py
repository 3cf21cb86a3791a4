"""Label files: plain text with one object a line, one file an image."""

from pathlib import Path

from sarvl.errors import AnnotationError, unreadable
from sarvl.files import file_bytes

MAX_LABEL_BYTES = 2**26


def label_files(folder: Path, pattern: str) -> list[Path]:
    """Return the files below a folder that fit a glob, sorted; AnnotationError where there is none."""
    files = sorted(path for path in folder.glob(pattern) if not path.is_dir())
    if not files:
        raise AnnotationError(f"{folder}: no folder with {pattern}; correct `annotations`")
    return files


def label_lines(path: Path) -> list[tuple[int, str]]:
    """Return the lines of a text file that are not blank, stripped, each with its number from 1.

    Raises AnnotationError as ``label_text``.
    """
    lines = enumerate(label_text(path).splitlines(), 1)
    return [(number, line.strip()) for number, line in lines if line.strip()]


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

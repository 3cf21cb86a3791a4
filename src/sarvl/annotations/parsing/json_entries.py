"""The entries of a JSON list or of JSON lines, told apart by the first character."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sarvl.errors import AnnotationError, unreadable
from sarvl.files import MAX_JSON_BYTES, file_bytes, read_json

_HEAD_CHARACTERS = 4096


def json_entries(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield where each entry stands and the entry; a line that is no JSON is yielded as None.

    Raises AnnotationError where the file cannot be read, or is neither a list nor JSON lines.
    """
    try:
        if file_bytes(path) > MAX_JSON_BYTES:
            raise AnnotationError(f"{path}: larger than {MAX_JSON_BYTES} bytes; split it into several files")
        with path.open(encoding="utf-8-sig") as stream:
            first = stream.read(_HEAD_CHARACTERS).lstrip()[:1]
        if first == "[":
            for number, entry in enumerate(read_json(path, AnnotationError)):
                yield f"{path.name}: entry {number}", entry
        elif first == "{":
            yield from _lines(path)
        else:
            raise AnnotationError(f"{path}: neither a JSON list nor JSON lines; set another format")
    except OSError as problem:
        raise AnnotationError(unreadable(path, problem)) from problem
    except UnicodeDecodeError as problem:
        raise AnnotationError(f"{path}: not UTF-8 ({problem.reason}); save it as UTF-8") from problem


def _lines(path: Path) -> Iterator[tuple[str, Any]]:
    with path.open(encoding="utf-8-sig") as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                yield f"{path.name}: line {number}", _parsed(line)


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None

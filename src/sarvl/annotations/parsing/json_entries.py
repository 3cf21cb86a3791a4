"""JSON as the field writes it: a document, or JSON lines, told apart by the first two lines."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sarvl.errors import AnnotationError, unreadable
from sarvl.files import MAX_JSON_BYTES, file_bytes, read_json

_LINE_ENDINGS = frozenset({".jsonl", ".ndjson", ".jsonlines"})
MAX_LINE_CHARACTERS = 2**24


def json_entries(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield where each entry of a list or of JSON lines stands, and the entry; a line that is no JSON is None.

    An object that is no line is one entry. Raises AnnotationError where the file cannot be read, or is none of these.
    """
    document = json_document(path)
    if document is None:
        yield from _entries_in_lines(path)
    elif isinstance(document, list):
        for number, entry in enumerate(document):
            yield f"{path.name}: entry {number}", entry
    else:
        yield path.name, document


def json_document(path: Path) -> Any:
    """Return the list or object of a JSON file, None where it has JSON lines.

    Raises AnnotationError where the file cannot be read, or is neither.
    """
    try:
        if file_bytes(path) > MAX_JSON_BYTES:
            raise AnnotationError(f"{path}: larger than {MAX_JSON_BYTES} bytes; split it into several files")
        first, second = _first_two(path)
    except OSError as problem:
        raise AnnotationError(unreadable(path, problem)) from problem
    except UnicodeDecodeError as problem:
        raise AnnotationError(f"{path}: not UTF-8 ({problem.reason}); save it as UTF-8") from problem
    if first.lstrip()[:1] not in {"[", "{"}:
        raise AnnotationError(f"{path}: neither a JSON list nor JSON lines; set another format")
    return None if _are_lines(path, first, second) else read_json(path, AnnotationError)


def _first_two(path: Path) -> tuple[str, str]:
    """Return the first two lines that are not blank; a line that never ends is cut."""
    with path.open(encoding="utf-8-sig") as stream:
        lines = iter(lambda: stream.readline(MAX_LINE_CHARACTERS), "")
        first, second, *_ = (*islice((line for line in lines if line.strip()), 2), "", "")
    return first, second


def _are_lines(path: Path, first: str, second: str) -> bool:
    if first.lstrip()[:1] != "{":
        return False
    is_named_so = path.suffix.lower() in _LINE_ENDINGS
    return is_named_so or any(isinstance(_parsed(line), dict) for line in (first, second) if second)


def _entries_in_lines(path: Path) -> Iterator[tuple[str, Any]]:
    try:
        with path.open(encoding="utf-8-sig") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield f"{path.name}: line {number}", _parsed(line)
    except OSError as problem:
        raise AnnotationError(unreadable(path, problem)) from problem
    except UnicodeDecodeError as problem:
        raise AnnotationError(f"{path}: not UTF-8 ({problem.reason}); save it as UTF-8") from problem


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None

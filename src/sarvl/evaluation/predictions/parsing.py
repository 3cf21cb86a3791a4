"""What formats of predictions share: entries of JSON, rows of tables, and fields under one of several names."""

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from sarvl.errors import EvaluationError, unreadable
from sarvl.files import file_bytes

MAX_BYTES = 2**31
"""Of a file; pictures in base64 may stand in it."""
PREDICTED = ("prediction", "response", "predict", "predicted", "pred", "model_answer", "output")
"""The names under which files keep what a model said."""
_TEXTS = ("caption", "text", "raw", "sentence", "content", "value")


def entries_of(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (where, entry) of a JSON list or of JSON lines; EvaluationError where the file is neither."""
    text = _text_of(path)
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        whole = None
    entries = [whole] if isinstance(whole, dict) else whole
    places = (
        ((f"{path}: entry {number}", entry) for number, entry in enumerate(entries))
        if isinstance(entries, list)
        else _lines_of(path, text)
    )
    for where, entry in places:
        if not isinstance(entry, dict):
            raise EvaluationError(f"{where}: not an object; give a JSON list of objects, or one a line")
        yield where, entry


def _lines_of(path: Path, text: str) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):  # a text may hold what splitlines takes as an end
        if line.strip():
            try:
                yield f"{path}: line {number}", json.loads(line)
            except (ValueError, RecursionError) as problem:
                raise EvaluationError(
                    f"{path}: line {number}: no JSON ({problem}); give a JSON list of objects, or one a line"
                ) from problem


def rows_of(table: Iterable[tuple[str, list[str]]]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield (where, row) of cells below their head; EvaluationError where a row is longer or shorter than that."""
    head: list[str] | None = None
    for where, cells in table:
        if head is None:
            head = _head_of(where, cells)
            continue
        if len(cells) != len(head):
            raise EvaluationError(f"{where}: {len(cells)} columns, but the head names {len(head)}; mend the row")
        yield where, dict(zip(head, cells, strict=True))


def _head_of(where: str, cells: Sequence[str]) -> list[str]:
    """Return the names of the columns; EvaluationError where two are alike, or one cell seems to hold them all."""
    head = [name.strip() for name in cells]
    if twice := next((name for name, count in Counter(filter(None, head)).items() if count > 1), None):
        raise EvaluationError(f"{where}: two columns are called {twice}; keep one of them")
    if len(head) == 1 and (mark := next((mark for mark in "\t,;" if mark in head[0]), None)):
        raise EvaluationError(
            f"{where}: the head is one column, {head[0][:60]!r}; the columns seem to be parted by {mark!r}, which this "
            "format does not do: write the table anew, or give another format"
        )
    return head


def cells_of(path: Path, delimiter: str) -> Iterator[tuple[str, list[str]]]:
    """Yield (where, cells) of each row of a table that is not empty; where: the line that it begins in."""
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # a picture in base64 is longer than Python's own limit
    # Not strict, a quotation mark that is never closed makes one cell of all the rows below it.
    reader = csv.reader(StringIO(_text_of(path), newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cells):
                yield f"{path}: line {line}", cells
            line = reader.line_num + 1
    except csv.Error as problem:
        raise EvaluationError(f"{path}: line {line}: {problem}; mend the row and its quotation marks") from problem


def _text_of(path: Path) -> str:
    try:
        if file_bytes(path) > MAX_BYTES:
            raise EvaluationError(f"{path}: larger than {MAX_BYTES} bytes; split it into several files")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeError as problem:
        raise EvaluationError(unreadable(path, problem, "save it in UTF-8")) from problem
    except (OSError, ValueError) as problem:
        raise EvaluationError(unreadable(path, problem)) from problem


def field_of(entry: Mapping[str, Any], names: Sequence[str], where: str) -> Any:
    """Return the value under the first of ``names`` that an entry has; EvaluationError where it has none, or null."""
    for name in names:
        if entry.get(name) is not None:
            return entry[name]
    if null := next((name for name in names if name in entry), None):
        raise EvaluationError(f"{where}: {null} is null; give a value, or remove the entry")
    raise EvaluationError(f"{where}: no field {' or '.join(names)}; add it, or give another format")


def text_of(value: Any, where: str) -> str:
    """Return a value as the text that a score reads: a text as it stands, numbers and lists of them as JSON.

    One value in a list, and the text of an object such as ``{"caption": ...}``, are that. EvaluationError for others.
    """
    one = _text_in(value[0] if isinstance(value, list) and len(value) == 1 and not _is_of_numbers(value) else value)
    if isinstance(one, str):
        return one
    if isinstance(one, int | float) or _is_of_numbers(one):
        return json.dumps(one)
    kind = "a list" if isinstance(value, list) else "an object"
    raise EvaluationError(f"{where}: {kind} where one text is read; give a text, or an object with {_TEXTS[0]}")


def _text_in(value: Any) -> Any:
    """Return the text that an object holds, where it is one that does; else the value."""
    texts = [value[name] for name in _TEXTS if isinstance(value.get(name), str)] if isinstance(value, dict) else []
    return texts[0] if texts else value


def _is_of_numbers(value: Any, depth: int = 4) -> bool:
    if isinstance(value, list):
        return depth > 0 and bool(value) and all(_is_of_numbers(one, depth - 1) for one in value)
    return isinstance(value, int | float) and not isinstance(value, bool)


def texts_of(value: Any, where: str) -> tuple[str, ...]:
    """Return a value as texts: each of a list, one of anything else, and none of nothing."""
    if value in (None, "", []):
        return ()
    return tuple(text_of(one, where) for one in value) if isinstance(value, list) else (text_of(value, where),)


def truths_of(value: Any, where: str) -> tuple[str, ...]:
    """Return what is right as texts: each of a list, one of anything else; a blank one, such as "", is none.

    A list of numbers is one, as a box is.
    """
    given = value if isinstance(value, list) and not _is_of_numbers(value) else [value]
    texts = (text_of(one, where) for one in given if one is not None)
    return tuple(text for text in texts if text.strip())


def right_answers(entry: Mapping[str, Any], names: Sequence[str], where: str) -> tuple[str, ...]:
    """Return the right answers under the first of ``names`` that is not blank; EvaluationError where none is."""
    for value in map(entry.get, names):
        if truths := truths_of(value, where):
            return truths
    raise EvaluationError(f"{where}: no right answer in {' or '.join(names)}; add it, or remove the entry")

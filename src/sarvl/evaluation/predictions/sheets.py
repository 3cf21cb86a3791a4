"""Sheets of Excel files (.xlsx), read as tables are."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from sarvl.errors import EvaluationError, unreadable
from sarvl.evaluation.predictions.parsing import MAX_BYTES
from sarvl.files import file_bytes


def sheet_cells_of(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield (where, cells) of each row of the first sheet that is not empty, at least as many as the first has.

    Raises EvaluationError for what is no Excel file or too large, and where openpyxl is not installed.
    """
    width = 0
    for number, values in enumerate(_rows_of(path), start=1):
        cells = ["" if value is None else str(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            width = width or len(cells)
            yield f"{path}: row {number}", cells + [""] * (width - len(cells))


def _rows_of(path: Path) -> Iterator[tuple[Any, ...]]:
    try:
        from openpyxl import load_workbook  # noqa: PLC0415 - an extra
    except ImportError as problem:
        raise EvaluationError(
            f"{path}: Excel files need openpyxl, which is not installed; pip install 'sarvl[xlsx]'"
        ) from problem
    try:
        _check_size(path)
        with closing(load_workbook(path, read_only=True, data_only=True)) as workbook:
            sheet = workbook.worksheets[0]
            sheet.reset_dimensions()  # rows behind what a file says of its size would be left out
            yield from sheet.iter_rows(values_only=True)
    except EvaluationError:
        raise
    except Exception as problem:  # of many types: what openpyxl makes of a damaged file
        raise EvaluationError(unreadable(path, problem, "give an .xlsx file of results")) from problem


def _check_size(path: Path) -> None:
    """Raise EvaluationError where the parts of an Excel file, which are packed, are larger than a file may be."""
    file_bytes(path)  # else a pipe would be waited for
    with ZipFile(path) as archive:
        if sum(part.file_size for part in archive.infolist()) > MAX_BYTES:
            raise EvaluationError(f"{path}: larger than {MAX_BYTES} bytes; split it into several files")

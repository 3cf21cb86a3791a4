"""Caption tables: CSV, TSV or semicolons with a header line; several rows an image are joined."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple, TextIO

from sarvl.annotations.annotated_image import Reject
from sarvl.annotations.format import Format, FormatInput
from sarvl.annotations.parsing.caption_record import producer_of
from sarvl.annotations.parsing.joined_captions import ImageCaptions, caption_records
from sarvl.annotations.parsing.other_forms import advice_of, form_of
from sarvl.annotations.parsing.text_list import texts_in
from sarvl.annotations.record import Record
from sarvl.errors import AnnotationError, unreadable
from sarvl.files import file_bytes
from sarvl.recipes import RecipeModel

MAX_CSV_BYTES = 2**32
MAX_HEADER_CHARACTERS = 2**16
FILE_COLUMNS = ("imgpath", "filepath", "filename", "file_name", "image", "image_path", "img_path", "file", "path")
CAPTION_COLUMNS = ("caption", "captions", "title", "text", "sentence", "sentences", "raw")
SPLIT_COLUMN = "split"
PRODUCER_COLUMN = "producer"
_DELIMITERS = {"comma": ",", "tab": "\t", "semicolon": ";"}


class CsvCaptionsOptions(RecipeModel):
    """The options of format ``csv_captions``."""

    file_column: str | None = None
    """Name of the column of file names, in any case; by default one of ``imgpath``, ``filepath``, ``filename``,
    ``file_name``, ``image``, ``image_path``, ``img_path``, ``file``, ``path``."""
    caption_column: str | None = None
    """The same for captions; by default one of ``caption``, ``captions``, ``title``, ``text``, ``sentence``,
    ``sentences``, ``raw``."""
    split_column: str | None = None
    """The same for official splits; by default ``split``. A table need not have one."""
    delimiter: Literal["comma", "tab", "semicolon"] | None = None
    """What parts the columns; by default the one that parts the header into these columns."""
    prefix: str = ""
    """Removed from the front of file names, where it stands there: paths of another machine."""


class _Header(NamedTuple):
    """The delimiter, the number of columns, and the numbers of those that are read."""

    delimiter: str
    width: int
    file: int
    caption: int
    split: int | None
    producer: int | None


def read_csv_captions(source: FormatInput[CsvCaptionsOptions]) -> Iterator[Record | Reject]:
    """Yield one Record an image, in the order of its first row; its captions are stripped of outer white space.

    A cell may hold a list, as Python or JSON writes it: each of its texts is a caption.
    A row of another width than the header, with broken quotes, or without a file name or caption is a Reject; so is an
    image that has two splits. Exact repeats of an image's captions are left out and noted.
    Raises AnnotationError where the file or every row cannot be read, or the header does not name the columns.
    Source: open_clip (``filepath<TAB>title``), SARVLM (``imgpath,caption``), SAR-TEXT (``filepath,caption``).
    """
    options = source.options
    images: dict[str, ImageCaptions] = defaultdict(ImageCaptions)
    for row in _rows(source.annotations, options):
        if isinstance(row, _BadRow):
            where = f"{source.annotations.name}: {row.where}"
            yield Reject(source.name, "caption", where, row.reason, "correct it; quote text that holds delimiters")
            continue
        rows = images[row.file]
        try:
            captions = [text.strip() for text in texts_in(row.caption)] if row.caption else [""]
        except ValueError as problem:
            yield Reject(source.name, "caption", row.file, str(problem), "write a list with commas, or a row a caption")
            continue
        if "" in captions:
            yield Reject(source.name, "caption", row.file, "caption is empty", "write it, or leave the row out")
        rows.captions += filter(None, captions)
        if row.producer:
            rows.producers |= dict.fromkeys(captions, row.producer)
        rows.splits |= {row.split: None} if row.split else {}
    if not images:
        raise AnnotationError(f"{source.annotations}: holds no row that can be read; check that the file is complete")
    yield from caption_records(images, source.name)


class _Row(NamedTuple):
    file: str
    caption: str
    split: str
    producer: str | None


class _BadRow(NamedTuple):
    where: str
    reason: str


def _rows(path: Path, options: CsvCaptionsOptions) -> Iterator[_Row | _BadRow]:
    try:
        if file_bytes(path) > MAX_CSV_BYTES:
            raise AnnotationError(f"{path}: larger than {MAX_CSV_BYTES} bytes; split it into several files")
        with path.open(encoding="utf-8-sig", newline="") as stream:
            header = _header(stream.readline(MAX_HEADER_CHARACTERS), options, path)
            yield from _rows_below(stream, header, options.prefix)
    except OSError as problem:
        raise AnnotationError(unreadable(path, problem)) from problem
    except UnicodeDecodeError as problem:
        raise AnnotationError(f"{path}: not UTF-8 ({problem.reason}); save it as UTF-8") from problem


def _rows_below(stream: TextIO, header: _Header, prefix: str) -> Iterator[_Row | _BadRow]:
    # strict: a broken quote is told, not read as text. Fields are bounded by csv.field_size_limit (131,072).
    reader = csv.reader(stream, delimiter=header.delimiter, strict=True)
    while True:
        first = reader.line_num + 2  # the header is line 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            last = reader.line_num + 1
            yield _BadRow(f"lines {first} to {last}" if last > first else f"line {first}", str(problem))
            continue
        if cells:
            yield _row_of(cells, header, prefix, f"line {first}")


def _row_of(cells: list[str], header: _Header, prefix: str, where: str) -> _Row | _BadRow:
    if len(cells) != header.width:
        return _BadRow(where, f"{len(cells)} cells where the header has {header.width}")
    file = cells[header.file].strip().removeprefix(prefix)
    split = "" if header.split is None else cells[header.split].strip()
    producer = None if header.producer is None else producer_of(cells[header.producer])
    return _Row(file, cells[header.caption].strip(), split, producer) if file else _BadRow(where, "no file name")


def _header(line: str, options: CsvCaptionsOptions, path: Path) -> _Header:
    delimiters = [_DELIMITERS[options.delimiter]] if options.delimiter else list(_DELIMITERS.values())
    for delimiter in delimiters:
        try:
            cells = next(csv.reader([line], delimiter=delimiter, strict=True), [])
        except csv.Error:
            continue
        names = [cell.strip().casefold() for cell in cells]
        file = _column(names, options.file_column, FILE_COLUMNS, "file_column", path)
        caption = _column(names, options.caption_column, CAPTION_COLUMNS, "caption_column", path)
        if file is not None and caption is not None:
            split = _column(names, options.split_column, (SPLIT_COLUMN,), "split_column", path)
            if options.split_column and split is None:
                raise AnnotationError(f"{path}: no column {options.split_column!r}; correct option split_column")
            producer = names.index(PRODUCER_COLUMN) if PRODUCER_COLUMN in names else None
            return _Header(delimiter, len(names), file, caption, split, producer)
    raise AnnotationError(
        f"{path}: its first line {line.strip()[:60]!r} names no column of file names and one of captions; "
        f"{_advice(path)}"
    )


def _advice(path: Path) -> str:
    form = form_of(path)
    is_other = form is not None and form.format != "csv_captions"
    return advice_of(form) if form and is_other else "set the options file_column and caption_column"


def _column(names: list[str], wanted: str | None, known: tuple[str, ...], option: str, path: Path) -> int | None:
    """Return the number of the wanted column, or of the one that has a known name; AnnotationError where several do."""
    targets = (wanted.strip().casefold(),) if wanted else known
    columns = [number for number, name in enumerate(names) if name in targets]
    if len(columns) > 1:
        both = " and ".join(names[number] for number in columns)
        raise AnnotationError(f"{path}: columns {both} could both be meant; set option {option}")
    return columns[0] if columns else None


FORMAT = Format(
    read_csv_captions,
    CsvCaptionsOptions,
    reads="CSV or TSV: SARVLM, SAR-TEXT, open_clip",
    annotations="the table",
    gives="captions, split",
    lists_images=False,
    has_objects=False,
)

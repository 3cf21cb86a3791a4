"""Rows: the one way from images, statements and rejects to rows of a corpus's tables, and back.

Columns are the fields of the classes: a field that is added to one of them is kept in its table from then on.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

import pyarrow as pa
import pyarrow.compute as pc

from sarvl.annotations import AnnotatedImage, Box, Reject
from sarvl.errors import CorpusError
from sarvl.imagery import Quantity, Reading
from sarvl.language import Statement, claims_from_json, claims_json

Row = dict[str, Any]
Item = TypeVar("Item")
Bits64 = Annotated[int, "64 bits"]
# Captions and questions become texts, the official split has become the split, and a path is of one machine.
_NOT_IN_TABLE = frozenset(("path", "captions", "model_captions", "questions", "official_split"))


@dataclass(frozen=True, slots=True)
class CorpusImage:
    """One image of a corpus: facts of its source and its file, and what was annotated.

    image_id: ``<source>/<file>``. sha256: of the file's bytes. phash: perceptual hash of the picture (64 bits).
    nodata: values of pixels without a measurement, as the source names them ("nan", "-9999.0").
    annotation: without what has become texts and split; its path is the file alone, its notes are also the build's.
    """

    image_id: str
    source: str
    domain: Literal["sar", "optical"]
    sha256: str
    phash: Bits64
    quantity: Quantity
    bands: tuple[str, ...]
    split: str
    licence: str
    annotation: AnnotatedImage
    nodata: tuple[str, ...] = ()

    @property
    def reading(self) -> Reading:
        """How its file is read."""
        size = self.annotation.width, self.annotation.height
        return Reading(self.quantity, self.bands, self.nodata, size)


class CorpusText(NamedTuple):
    """A statement, and the image that it is about."""

    image_id: str
    statement: Statement


class Cell(NamedTuple):
    """How values of one type stand in a table: their Arrow type, and the way there and back.

    optional: whether one may be missing. parts: the cells of a struct by name, or that of a list's items as ``item``.
    allowed: all values that one may have, where they can be listed.
    """

    arrow: pa.DataType
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]
    optional: bool = False
    parts: "dict[str, Cell] | None" = None
    allowed: tuple[str, ...] | None = None

    def problem_in(self, values: pa.ChunkedArray | pa.Array, name: str) -> str | None:
        """Return what is wrong with the first faulty value of a column, or None."""
        if not self.optional and values.null_count:
            return f"{name}: nothing in {values.null_count} of {len(values)} rows"
        values = values.drop_null()
        if pa.types.is_floating(values.type) and not pc.all(pc.is_finite(values), min_count=0).as_py():
            return f"{name}: not a number"
        if self.allowed is not None and (other := sorted({*pc.unique(values).to_pylist()} - {*self.allowed})):
            return f"{name}: {other[0]!r} is none of {', '.join(self.allowed)}"
        problems = (part.problem_in(_part_of(values, at), f"{name}.{at}") for at, part in (self.parts or {}).items())
        return next(filter(None, problems), None)


def _part_of(values: pa.ChunkedArray | pa.Array, name: str) -> pa.ChunkedArray | pa.Array:
    return pc.struct_field(values, name) if pa.types.is_struct(values.type) else pc.list_flatten(values)


def _same(value: Any) -> Any:
    return value


_FLOAT = Cell(pa.float64(), float, _same)  # a whole number that stands in for one has another canonical JSON
_EDGES = pa.list_(pa.float64(), 4)
_CELLS: dict[object, Cell] = {
    str: Cell(pa.string(), _same, _same),
    int: Cell(pa.int32(), _same, _same),
    Bits64: Cell(pa.uint64(), _same, _same),
    float: _FLOAT,
    Box: Cell(_EDGES, lambda box: [float(edge) for edge in box], lambda edges: Box(*edges), parts={"item": _FLOAT}),
}


def cell_of(hint: Any) -> Cell:
    """Return how values of an annotated type stand in a table; TypeError for a type that has no column yet.

    Texts, numbers, boxes; tuples of one type (lists), named tuples (structs), literals and StrEnums (strings), and any
    of these or None.
    """
    parts = get_args(hint)
    if hint in _CELLS:
        return _CELLS[hint]
    if get_origin(hint) is Literal:
        return _CELLS[str]._replace(allowed=parts)
    if get_origin(hint) is tuple:
        return _list_cell(cell_of(parts[0]))
    if get_origin(hint) in (Union, UnionType) and NoneType in parts:
        return _optional_cell(cell_of(next(part for part in parts if part is not NoneType)))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return Cell(pa.string(), str, hint, allowed=tuple(hint))
    if isinstance(hint, type) and issubclass(hint, tuple):
        return _struct_cell(hint)
    raise TypeError(f"a table has no column for {hint}; add one to {__name__}")


def _list_cell(item: Cell) -> Cell:
    def write(values: tuple[Any, ...]) -> list[Any]:
        return [item.write(value) for value in values]

    def read(values: list[Any]) -> tuple[Any, ...]:
        return tuple([item.read(value) for value in values])

    return Cell(pa.list_(item.arrow), write, read, parts={"item": item})


def _optional_cell(cell: Cell) -> Cell:
    def write(value: Any) -> Any:
        return None if value is None else cell.write(value)

    def read(value: Any) -> Any:
        return None if value is None else cell.read(value)

    return cell._replace(write=write, read=read, optional=True)


def _struct_cell(kind: Any) -> Cell:
    columns = _Columns(kind)

    def read(row: Row) -> Any:
        return kind(**columns.read(row))

    return Cell(pa.struct(columns.arrow()), columns.write, read, parts=columns.cells)


class _Columns:
    """The fields of a class as columns, but those that are named in ``without``."""

    def __init__(self, kind: Any, without: frozenset[str] = frozenset()) -> None:
        hints = get_type_hints(kind, include_extras=True)
        names = [field.name for field in fields(kind)] if hasattr(kind, "__dataclass_fields__") else kind._fields
        self.cells = {name: cell_of(hints[name]) for name in names if name not in without}

    def arrow(self) -> list[tuple[str, pa.DataType]]:
        return [(name, cell.arrow) for name, cell in self.cells.items()]

    def write(self, value: Any) -> Row:
        return {name: cell.write(getattr(value, name)) for name, cell in self.cells.items()}

    def read(self, row: Row) -> Row:
        return {name: cell.read(row[name]) for name, cell in self.cells.items()}


@dataclass(frozen=True)
class Codec(Generic[Item]):
    """The way between the items of one table and its rows, for which ``read(write(item)) == item``."""

    cells: dict[str, Cell]
    write: Callable[[Item], Row]
    read: Callable[[Row], Item]

    @property
    def schema(self) -> pa.Schema:
        """The columns of the table."""
        return pa.schema([(name, cell.arrow) for name, cell in self.cells.items()])

    def problem_in(self, rows: pa.Table | pa.RecordBatch) -> str | None:
        """Return what is wrong with some columns of the table; None where a build may have written all values."""
        problems = (self.cells[name].problem_in(rows[name], name) for name in rows.schema.names)
        return next(filter(None, problems), None)

    def items(self, rows: pa.Table) -> list[Item]:
        """Return the items of some rows of the table; CorpusError where a row is none that a build writes."""
        return [self._item(row) for row in rows.to_pylist()]

    def _item(self, row: Row) -> Item:
        try:
            return self.read(row)
        except (TypeError, ValueError) as problem:
            where = row.get("image_id", "rejects")
            raise CorpusError(f"{where}: its row is not as a build writes it ({problem}); build it again") from problem


def _image_codec() -> Codec[CorpusImage]:
    own, annotated = _Columns(CorpusImage, frozenset(("annotation",))), _Columns(AnnotatedImage, _NOT_IN_TABLE)

    def write(image: CorpusImage) -> Row:
        return own.write(image) | annotated.write(image.annotation)

    def read(row: Row) -> CorpusImage:
        annotation = AnnotatedImage(path=Path(row["file"]), **annotated.read(row))
        return CorpusImage(annotation=annotation, **own.read(row))

    return Codec(own.cells | annotated.cells, write, read)


def _text_codec() -> Codec[CorpusText]:
    said = _Columns(Statement, frozenset(("claims",)))
    evidence_cell = cell_of(tuple[tuple[int, ...], ...])
    # Claims are canonical JSON: equal for texts that say the same. Evidence: object ids, one list a claim.
    text = _CELLS[str]
    cells = {"image_id": text, **said.cells, "claims": text, "evidence": evidence_cell}

    def write(text: CorpusText) -> Row:
        claims = text.statement.claims
        evidence = evidence_cell.write(tuple([claim.objects for claim in claims]))
        return {"image_id": text.image_id, "claims": claims_json(claims), "evidence": evidence} | said.write(
            text.statement
        )

    def read(row: Row) -> CorpusText:
        claims, evidence = claims_from_json(row["claims"]), evidence_cell.read(row["evidence"])
        if len(claims) != len(evidence):
            raise CorpusError(f"{row['image_id']}: {len(claims)} claims have {len(evidence)} lists of evidence")
        resting = tuple([claim.resting_on(ids) for claim, ids in zip(claims, evidence, strict=True)])
        return CorpusText(row["image_id"], Statement(claims=resting, **said.read(row)))

    return Codec(cells, write, read)


def _reject_codec() -> Codec[Reject]:
    columns = _Columns(Reject)
    return Codec(columns.cells, columns.write, lambda row: Reject(**columns.read(row)))


IMAGES = _image_codec()
TEXTS = _text_codec()
REJECTS = _reject_codec()


def readings_of(images: pa.Table) -> list[Reading]:
    """Return how the file of each row of the images table is read."""
    columns = [images[name].to_pylist() for name in ("quantity", "bands", "nodata", "width", "height")]
    return [
        Reading(quantity, tuple(bands), tuple(nodata), (width, height))
        for quantity, bands, nodata, width, height in zip(*columns, strict=True)
    ]

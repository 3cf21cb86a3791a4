"""The three tables of a corpus: their Parquet schemas and the digest over their rows."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sarvl.errors import CorpusError
from sarvl.files import atomic_path

_OBJECT = pa.struct(
    [
        ("class_name", pa.string()),
        ("box", pa.list_(pa.float64(), 4)),
        ("corners", pa.list_(pa.float64())),
        ("area_px", pa.float64()),
    ]
)
_SHARE = pa.struct([("class_name", pa.string()), ("share", pa.float64())])

SCHEMAS: dict[str, pa.Schema] = {
    "images": pa.schema(
        [
            ("image_id", pa.string()),  # source/file
            ("source", pa.string()),
            ("domain", pa.string()),  # sar or optical
            ("file", pa.string()),  # relative to the source's image folder
            ("sha256", pa.string()),  # of the file's bytes
            ("width", pa.int32()),
            ("height", pa.int32()),
            ("quantity", pa.string()),
            ("bands", pa.list_(pa.string())),
            ("split", pa.string()),
            ("group", pa.string()),
            ("label", pa.string()),
            ("label_names", pa.list_(pa.string())),
            ("objects", pa.list_(_OBJECT)),  # box: xmin, ymin, xmax, ymax in pixels; corners: x1, y1, ... x4, y4
            ("land_cover", pa.list_(_SHARE)),
            ("labelled_classes", pa.list_(pa.string())),
            ("spacing_m", pa.list_(pa.float64())),  # row, column
            ("looks", pa.float64()),
            ("target_size_m", pa.list_(pa.float64())),  # length, width
            ("position", pa.list_(pa.float64())),  # longitude, latitude in degrees
            ("licence", pa.string()),
            ("notes", pa.list_(pa.string())),
        ]
    ),
    "texts": pa.schema(
        [
            ("image_id", pa.string()),
            ("text", pa.string()),
            ("kind", pa.string()),
            ("family", pa.string()),
            ("producer", pa.string()),
            ("claims", pa.string()),  # canonical JSON; equal for texts that say the same
            ("evidence", pa.list_(pa.list_(pa.int32()))),  # object ids, one list a claim
            ("answer", pa.string()),  # of a question, as the next four
            ("answer_type", pa.string()),
            ("application", pa.string()),
            ("options", pa.list_(pa.string())),
            ("tags", pa.list_(pa.string())),
        ]
    ),
    "rejects": pa.schema(
        [
            ("source", pa.string()),
            ("unit", pa.string()),  # image, box, caption or question
            ("file", pa.string()),
            ("reason", pa.string()),
            ("advice", pa.string()),
        ]
    ),
}


def write_tables(folder: Path, rows: Mapping[str, list[dict[str, Any]]]) -> None:
    """Write ``images``, ``texts`` and ``rejects`` as Parquet files, each atomically."""
    for name, schema in SCHEMAS.items():
        with atomic_path(folder / f"{name}.parquet") as temporary:
            pq.write_table(pa.Table.from_pylist(rows[name], schema=schema), temporary, compression="zstd")


def read_table(folder: Path, name: str) -> pa.Table:
    """Read one table of a corpus; raises CorpusError where it is missing, torn or of another schema."""
    path = folder / f"{name}.parquet"
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as problem:
        reason = str(problem).splitlines()[0]
        raise CorpusError(f"{path}: cannot be read ({reason}); build the corpus again") from problem
    if not table.schema.equals(SCHEMAS[name]):
        raise CorpusError(f"{path}: has other columns than this version writes; build the corpus again")
    return table


def digest_of(rows: Mapping[str, list[dict[str, Any]]]) -> str:
    """Return the SHA-256 over all rows of all tables, in order; where the files lie on the disk does not count."""
    digest = hashlib.sha256()
    for name in SCHEMAS:
        for row in rows[name]:
            digest.update(json.dumps([name, row], sort_keys=True, ensure_ascii=False).encode() + b"\n")
    return digest.hexdigest()

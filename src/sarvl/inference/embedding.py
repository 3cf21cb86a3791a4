"""embed: unit features of image files in a Parquet table, each with the place of its image on the map."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

import pyarrow as pa
import pyarrow.parquet as pq

from sarvl import __version__
from sarvl.errors import ModelError, unwritable
from sarvl.files import FilePath, atomic_path
from sarvl.inference.features import FeaturesOfImages, features_of
from sarvl.inference.image_list import files_to_read
from sarvl.inference.image_options import ImageOptions
from sarvl.inference.located_image import LocatedImage, Place, Refusal
from sarvl.models.hub import check_hub
from sarvl.models.packaging.packaged_models import named_or_packaged

if TYPE_CHECKING:
    from sarvl.models.model import Model
    from sarvl.models.protocols import Features

_COLUMNS = pa.schema(
    [
        pa.field("file", pa.string(), nullable=False),
        pa.field("width", pa.int32(), nullable=False),
        pa.field("height", pa.int32(), nullable=False),
        pa.field("quantity", pa.string(), nullable=False),
        *(pa.field(name, pa.string() if name == "crs" else pa.float64()) for name in Place._fields),
    ]
)


class Embedded(NamedTuple):
    """What ``embed`` did: the file, how many images stand in it, and those that were refused."""

    out: Path
    images: int
    refusals: list[Refusal]


def embed(
    images: Sequence[FilePath] | FilePath,
    model: FilePath | None,
    out: FilePath,
    **options: Unpack[ImageOptions],
) -> Embedded:
    """Write the unit features that ``model`` makes of image files to the Parquet table ``out``, one row an image.

    images: files, folders or globs (``image_list``). model: as for ``load_model``; a packaged one
    where none is given (``named_or_packaged``). options: as of ``ImageOptions``.
    Columns: ``file``, ``width``, ``height``, ``quantity``, those of ``Place`` (null without a
    georeference) and ``embedding`` (float32, D values). The table's metadata name the model, its weights and contract.

    An image that cannot be used has no row, and is returned as refused. Raises ImageError where that is every one, and
    ModelError where the model makes no features of images, or ``out`` cannot be written.
    """
    files = files_to_read(images, options)
    name = named_or_packaged(model)
    check_hub(name)
    # Heavy, and needed only once all the rest was checked.
    from sarvl.inference.opened_model import open_model  # noqa: PLC0415
    from sarvl.models.protocols import ImageEmbedder  # noqa: PLC0415

    loaded, embedder = open_model(name, ImageEmbedder, "embed", ModelError, options)
    batches = features_of(files, embedder, loaded.contract, options)
    out = Path(out)
    try:
        with atomic_path(out) as temporary:
            rows, refusals = _write(temporary, batches, name, loaded)
    except OSError as problem:
        raise ModelError(unwritable(out, problem)) from problem
    return Embedded(out, rows, refusals)


def _write(path: Path, batches: Iterator[FeaturesOfImages], name: str, model: "Model") -> tuple[int, list[Refusal]]:
    """Write all batches; return how many rows that were, and what was refused."""
    writer: pq.ParquetWriter | None = None
    rows = 0
    refusals: list[Refusal] = []
    try:
        for batch in batches:
            refusals += batch.refusals
            if batch.features is not None:
                table = _table(batch.images, batch.features, name, model)
                writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
                writer.write_table(table)
                rows += len(table)
    finally:
        if writer:
            writer.close()
    return rows, refusals


def _table(images: Sequence[LocatedImage], features: "Features", name: str, model: "Model") -> pa.Table:
    embedding = pa.FixedSizeListArray.from_arrays(pa.array(features.ravel(), pa.float32()), features.shape[1])
    told = pa.Table.from_pylist([_told(image) for image in images], _COLUMNS)
    metadata = {
        "sarvl.version": __version__,
        "sarvl.model": name,
        "sarvl.weights_hash": model.weights_hash,
        "sarvl.contract_hash": model.contract.digest(),
    }
    return told.append_column("embedding", embedding).replace_schema_metadata(metadata)


def _told(image: LocatedImage) -> dict[str, Any]:
    told = {"file": str(image.path), "width": image.width, "height": image.height, "quantity": str(image.quantity)}
    return told | (image.place._asdict() if image.place else dict.fromkeys(Place._fields))

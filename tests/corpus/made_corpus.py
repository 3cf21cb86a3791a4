"""Corpora written row by row, so that a test says exactly what is in them."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import rasterio
from rasterio.errors import NotGeoreferencedWarning

from sarvl.annotations import AnnotatedImage
from sarvl.corpus import Corpus
from sarvl.corpus.corpus_info import AuditReport, CorpusInfo, CorpusSource, Counts, RecordedRecipe
from sarvl.corpus.rows import IMAGES, TEXTS, CorpusImage, CorpusText
from sarvl.corpus.tables import SCHEMAS
from sarvl.documents import write_document
from sarvl.files import sha256_of, sha256_of_file
from sarvl.language import Statement

Row = dict[str, Any]
NO_DUPLICATES = AuditReport(
    duplicates="report",
    hamming=4,
    exact_pairs=0,
    perceptual_pairs=0,
    unlike_pairs=0,
    chained_images=0,
    moved_images=0,
    dropped_images=0,
    clusters=(),
)


def speckle(height: int = 48, width: int = 64, seed: int = 0) -> np.ndarray:
    """Return display bytes (H, W)."""
    return np.random.default_rng(seed).gamma(2.0, 40.0, (height, width)).clip(0, 255).astype(np.uint8)


def write_image(path: Path, pixels: np.ndarray) -> None:
    """Write (H, W) or (H, W, C) with OpenCV, or with rasterio where the name ends in .tif (then (bands, H, W))."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix != ".tif":
        assert cv2.imwrite(str(path), pixels)
        return
    bands = pixels if pixels.ndim == 3 else pixels[None]
    profile = {"driver": "GTiff", "count": len(bands), "height": bands.shape[1], "width": bands.shape[2]}
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path, "w", dtype=bands.dtype, **profile) as file:
            file.write(bands)


def image_of(folder: Path, source: str, file: str, pixels: np.ndarray, **fields: Any) -> Row:
    """Write an image file and return its row of the images table."""
    path = folder / source / file
    write_image(path, pixels)
    height, width = pixels.shape[-2:] if path.suffix == ".tif" else pixels.shape[:2]
    row = {
        "image_id": f"{source}/{file}",
        "source": source,
        "domain": "sar",
        "file": file,
        "sha256": sha256_of_file(path),
        "phash": 0,
        "width": width,
        "height": height,
        "quantity": "display",
        "bands": ["gray"],
        "split": "train",
        "looks": None,
        "licence": "CC-BY-4.0",
        "wording": "plain",
    }
    return row | fields


def corpus_image(row: Row) -> CorpusImage:
    """Return the image of a row of ``image_of``."""
    return IMAGES.items(pa.Table.from_pylist([_filled(row, SCHEMAS["images"])], SCHEMAS["images"]))[0]


def text_of(image: Row, text: str, **fields: Any) -> Row:
    """Return a row of the texts table: a caption that a person wrote, where the fields say nothing else."""
    row = {"image_id": image["image_id"], "text": text, "kind": "caption", "family": "human", "producer": "human"}
    return row | {"claims": "[]"} | fields


def question_of(image: Row, text: str, answer: str, **fields: Any) -> Row:
    """Return a question of the texts table."""
    asked = {"kind": "question", "family": "question", "answer": answer, "answer_type": "text", "application": "others"}
    return text_of(image, text, **(asked | fields))


def rows_of_statements(image: Row, statements: list[Statement]) -> list[Row]:
    """Return rows as a build writes them."""
    return [TEXTS.write(CorpusText(image["image_id"], said)) for said in statements]


def fields_of_annotation(image: AnnotatedImage) -> Row:
    """Return what the images table keeps of an annotation."""
    return {
        "label": image.label,
        "label_names": list(image.label_names),
        "labelled_classes": list(image.labelled_classes),
        "objects": [
            {"class_name": item.class_name, "box": [float(edge) for edge in item.box], "area_px": item.area_px}
            | {"corners": None if item.corners is None else list(item.corners)}
            for item in image.objects
        ],
    }


def made_corpus(folder: Path, images: list[Row], texts: list[Row], rejects: list[Row] = (), **info: Any) -> Corpus:
    """Write the tables and corpus.json beside the images of ``image_of`` and open the corpus."""
    for name, rows in (("images", images), ("texts", texts), ("rejects", list(rejects))):
        pq.write_table(
            pa.Table.from_pylist([_filled(row, SCHEMAS[name]) for row in rows], SCHEMAS[name]),
            folder / f"{name}.parquet",
        )
    write_document(folder / "corpus.json", info_of(images, texts, rejects).model_copy(update=info))
    return Corpus.open(folder)


def info_of(images: list[Row], texts: list[Row], rejects: Sequence[Row] = ()) -> CorpusInfo:
    """Return the corpus.json of these rows."""
    kept = Counter(row["source"] for row in images)
    refused = Counter(row["source"] for row in rejects if row["unit"] == "image")
    splits = Counter((row["source"], row["split"]) for row in images)
    licences = {row["source"]: row["licence"] for row in images}
    sources = tuple(
        CorpusSource(
            name=name,
            images=name,
            images_in=count + refused[name],
            images_kept=count,
            licence=licences[name],
            splits={split: number for (source, split), number in sorted(splits.items()) if source == name},
            not_named=0,
            hidden=0,
        )
        for name, count in sorted(kept.items())
    )
    questions = sum(row["kind"] == "question" for row in texts)
    counts = {
        "images_in": len(images) + refused.total(),
        "images": len(images),
        "texts": len(texts),
        "questions": questions,
    }
    return CorpusInfo(
        sarvl_version="0",
        digest=sha256_of(str(images + texts).encode()),
        seed=0,
        counts=Counts(
            **counts, captions=len(texts) - questions, rejects=Counter(row["unit"] for row in rejects), noted=0
        ),
        sources=sources,
        not_held=(),
        texts_left_out=0,
        audit=NO_DUPLICATES,
        recipe=RecordedRecipe.of({}),
        merged=None,
        not_asked=(),
    )


def _filled(row: Row, schema: pa.Schema) -> Row:
    """Give every list that a row leaves out as empty, as a build does; all else that it leaves out is null."""
    absent = {field.name for field in schema} - row.keys()
    optional = {"spacing_m", "target_size_m", "position"}
    return row | {name: [] for name in absent - optional if pa.types.is_list(schema.field(name).type)}

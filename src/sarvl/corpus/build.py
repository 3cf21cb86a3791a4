"""Building a corpus: sources are read, every image is checked, hashed and described, and the tables are written."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from os.path import relpath
from pathlib import Path
from typing import Any, NamedTuple

from sarvl import __version__
from sarvl.annotations import AnnotatedImage, AnnotatedObject, Reject, Source, read_source
from sarvl.corpus.card import write_card
from sarvl.corpus.recipe import BuildRecipe
from sarvl.corpus.splits import assign_splits
from sarvl.corpus.store import FORMAT_VERSION, Corpus
from sarvl.corpus.tables import digest_of, write_tables
from sarvl.errors import CorpusError, ImageError
from sarvl.files import sha256_of_file, write_json
from sarvl.imagery import SarImage, read_image
from sarvl.language import Statement, claims_json, describe
from sarvl.parallel import ordered_map

Row = dict[str, Any]


class Described(NamedTuple):
    """One image's row and its texts' rows, as the tables hold them."""

    image: Row
    texts: list[Row]


def build(recipe: BuildRecipe, out: Path, workers: int = 1) -> Corpus:
    """Build the corpus of ``recipe`` into the folder ``out`` and return it, opened.

    Every image of every source is in the images table or, with the reason, among the rejects. The digest depends on the
    recipe's sources and seed, not on ``workers`` or on where the files lie. An earlier corpus in ``out`` is replaced.
    Raises AnnotationError where a source as a whole cannot be read, CorpusError where no image is left.
    """
    rows: dict[str, list[Row]] = {"images": [], "texts": [], "rejects": []}
    images_in: Counter[str] = Counter()
    for source in recipe.sources:
        found = read_source(source)
        images_in[source.name] = found.images_in
        rows["rejects"] += [_reject_row(reject, source) for reject in found.rejects]
        splits = assign_splits(found.images, source, recipe.seed)
        work = partial(describe_images, source=source, seed=recipe.seed, per_image=recipe.captions.per_image)
        results = ordered_map(work, list(zip(found.images, splits, strict=True)), workers, f"build {source.name}")
        for result in results:
            if isinstance(result, Reject):
                rows["rejects"].append(_reject_row(result, source))
            else:
                rows["images"].append(result.image)
                rows["texts"] += result.texts
    if not rows["images"]:
        raise CorpusError(f"{out}: no image is left; the first reason: {rows['rejects'][0]['reason']}")
    return _write(recipe, out, rows, images_in)


def describe_images(
    images: Sequence[tuple[AnnotatedImage, str]], source: Source, seed: int, per_image: int
) -> list[Described | Reject]:
    """Check, hash and describe a chunk of (image, split); a file that cannot be used becomes a Reject."""
    return [_describe_image(image, split, source, seed, per_image) for image, split in images]


def _describe_image(image: AnnotatedImage, split: str, source: Source, seed: int, per_image: int) -> Described | Reject:
    try:
        pixels = read_image(image.path, quantity=source.quantity, bands=source.bands)
    except ImageError as problem:
        return Reject(
            source.name, "image", image.file, str(problem), "replace the file, or correct the source's fields"
        )
    if (pixels.width, pixels.height) != (image.width, image.height):
        reason = f"the annotation says {image.width} x {image.height}, the file has {pixels.width} x {pixels.height}"
        return Reject(source.name, "image", image.file, reason, "replace the file, or correct the annotation")
    statements = describe(image, captions=per_image, seed=seed, domain=source.domain)
    if not statements:
        advice = "annotate it, or declare `labelled_classes` so that their absence can be said"
        return Reject(
            source.name, "image", image.file, "nothing can be said of it: no object, label or caption", advice
        )
    row = _image_row(image, pixels, split, source)
    return Described(row, [_text_row(statement, row["image_id"]) for statement in statements])


def _image_row(image: AnnotatedImage, pixels: SarImage, split: str, source: Source) -> Row:
    return {
        "image_id": f"{source.name}/{image.file}",
        "source": source.name,
        "domain": source.domain,
        "file": image.file,
        "sha256": sha256_of_file(image.path),
        "width": image.width,
        "height": image.height,
        "quantity": str(pixels.quantity),
        "bands": list(pixels.bands),
        "split": split,
        "group": image.group,
        "label": image.label,
        "label_names": list(image.label_names),
        "objects": [_object_row(item) for item in image.objects],
        "land_cover": [share._asdict() for share in image.land_cover],
        "labelled_classes": list(image.labelled_classes),
        "spacing_m": _floats(image.spacing_m or pixels.spacing_m),
        "looks": image.looks,
        "target_size_m": _floats(image.target_size_m),
        "position": _floats(image.position),
        "licence": source.licence,
        "notes": list(image.notes),
    }


def _object_row(item: AnnotatedObject) -> Row:
    return {
        "class_name": item.class_name,
        "box": _floats(item.box),
        "corners": _floats(item.corners),
        "area_px": item.area_px,
    }


def _floats(values: Sequence[float] | None) -> list[float] | None:
    return None if values is None else [float(value) for value in values]


def _text_row(statement: Statement, image_id: str) -> Row:
    return {
        "image_id": image_id,
        "text": statement.text,
        "kind": statement.kind,
        "family": statement.family,
        "producer": statement.producer,
        "claims": claims_json(statement.claims),
        "evidence": [list(claim.objects) for claim in statement.claims],
        "answer": statement.answer,
        "answer_type": statement.answer_type,
        "application": statement.application,
        "options": list(statement.options),
        "tags": list(statement.tags),
    }


def _reject_row(reject: Reject, source: Source) -> Row:
    # The digest must not depend on where the images lie, and reasons may quote the full path.
    return reject._replace(reason=reject.reason.replace(f"{source.images}/", ""))._asdict()


def _write(recipe: BuildRecipe, out: Path, rows: dict[str, list[Row]], images_in: Counter[str]) -> Corpus:
    out.mkdir(parents=True, exist_ok=True)
    info_path = out / "corpus.json"
    # corpus.json says that a corpus is whole: the old one goes first, the new one comes last.
    info_path.unlink(missing_ok=True)
    write_tables(out, rows)
    write_json(info_path, _info(recipe, out, rows, images_in))
    corpus = Corpus.open(out)
    write_card(corpus, rows["rejects"])
    return corpus


def _info(recipe: BuildRecipe, out: Path, rows: dict[str, list[Row]], images_in: Counter[str]) -> Row:
    kept = Counter(row["source"] for row in rows["images"])
    splits = Counter((row["source"], row["split"]) for row in rows["images"])
    sources = [
        {
            "name": source.name,
            "images": relpath(source.images, out.absolute()),
            "images_in": images_in[source.name],
            "images_kept": kept[source.name],
            "splits": {split: count for (name, split), count in sorted(splits.items()) if name == source.name},
            "licence": source.licence,
        }
        for source in recipe.sources
    ]
    return {
        "format_version": FORMAT_VERSION,
        "sarvl_version": __version__,
        "digest": digest_of(rows),
        "seed": recipe.seed,
        "counts": {
            "images_in": sum(images_in.values()),
            "images": len(rows["images"]),
            "texts": len(rows["texts"]),
            "rejects": dict(sorted(Counter(row["unit"] for row in rows["rejects"]).items())),
            "mended": sum(bool(row["notes"]) for row in rows["images"]),
        },
        "sources": sources,
        "recipe": recipe.model_dump(mode="json", exclude={"sources": {"__all__": {"images", "annotations"}}}),
    }

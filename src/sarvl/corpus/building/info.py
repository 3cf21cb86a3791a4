"""What corpus.json says of the tables: counts, sources, and the recipe without a path of this machine."""

import re
from os.path import relpath
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic_core import to_jsonable_python

from sarvl import __version__
from sarvl.corpus.inspecting.counting import count_rows
from sarvl.corpus.recipe import BuildRecipe
from sarvl.corpus.store import FORMAT_VERSION


def corpus_info(recipe: BuildRecipe, out: Path, images: pa.Table, texts: pa.Table, rejects: pa.Table) -> dict[str, Any]:
    """Return counts, sources and recipe of a corpus that is to stand in the folder ``out``.

    Paths are relative to that folder, in which the recipe can be read again. Included recipes are resolved.
    """
    sources = [
        {"name": source.name, "images": _relative(source.images, out.absolute()), "licence": source.licence}
        for source in recipe.sources
    ]
    return {
        "seed": recipe.seed,
        **counted_info(sources, images, texts, rejects),
        "recipe": _relative(recipe.model_dump(exclude={"root", "include"}), out.absolute()),
    }


def counted_info(sources: list[dict[str, Any]], images: pa.Table, texts: pa.Table, rejects: pa.Table) -> dict[str, Any]:
    """Return versions, counts and sources of a corpus; ``sources`` have name, images and licence."""
    kinds = count_rows(texts, "kind")
    counted = _counted(sources, images, rejects)
    return {
        "format_version": FORMAT_VERSION,
        "sarvl_version": __version__,
        "counts": {
            "images_in": sum(source["images_in"] for source in counted),
            "images": len(images),
            "texts": len(texts),
            "captions": kinds["caption",],
            "questions": kinds["question",],
            "rejects": {unit: count for (unit,), count in sorted(count_rows(rejects, "unit").items())},
            "noted": pc.sum(pc.greater(pc.list_value_length(images["notes"]), 0)).as_py(),
        },
        "sources": counted,
    }


def _counted(sources: list[dict[str, Any]], images: pa.Table, rejects: pa.Table) -> list[dict[str, Any]]:
    kept = count_rows(images, "source")
    splits = count_rows(images, "source", "split")
    refused = count_rows(rejects.filter(pc.equal(rejects["unit"], "image")), "source")
    return [
        {
            "name": source["name"],
            "images": source["images"],
            "images_in": kept[source["name"],] + refused[source["name"],],
            "images_kept": kept[source["name"],],
            "splits": {split: count for (name, split), count in sorted(splits.items()) if name == source["name"]},
            "licence": source["licence"],
        }
        for source in sources
    ]


def _relative(value: Any, out: Path) -> Any:
    if isinstance(value, Path):
        return Path(relpath(value, out)).as_posix()
    if isinstance(value, re.Pattern):
        return value.pattern
    if isinstance(value, dict):
        return {key: _relative(item, out) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_relative(item, out) for item in value]
    return to_jsonable_python(value)

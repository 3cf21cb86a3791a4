"""What corpus.json says of the tables: counts, sources, and the recipe without a path of this machine."""

import re
from collections.abc import Mapping, Sequence
from os.path import relpath
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from pydantic_core import to_jsonable_python

from sarvl.corpus.corpus_info import CorpusSource, Counts, RecordedRecipe
from sarvl.corpus.inspecting.counting import count_rows
from sarvl.corpus.recipe import BuildRecipe


class SourceFolder(NamedTuple):
    """A source to count: its name, the folder of its images relative to that of the corpus, its licence.

    not_named, hidden: as CorpusSource has them.
    """

    name: str
    images: str
    licence: str
    not_named: int = 0
    hidden: int = 0


class PassedOver(NamedTuple):
    """What lies in the folders of a source and is neither an image of it nor refused: see CorpusSource."""

    not_named: int
    hidden: int


def source_folders(recipe: BuildRecipe, out: Path, passed_over: Mapping[str, PassedOver]) -> list[SourceFolder]:
    """Return the sources of a recipe whose corpus is to stand in the folder ``out``."""
    nothing = PassedOver(0, 0)
    return [
        SourceFolder(source.name, relative(source.images, out), source.licence, *passed_over.get(source.name, nothing))
        for source in recipe.sources
    ]


def recorded_recipe(recipe: BuildRecipe, out: Path) -> RecordedRecipe:
    """Return a recipe as corpus.json holds it, so that it can be read again in the folder ``out``."""
    return RecordedRecipe.of(_portable(recipe.model_dump(exclude={"root", "include"}), out))


def relative(path: Path, out: Path) -> str:
    """Return a path relative to the folder ``out``, with ``/``."""
    return Path(relpath(path.absolute(), out.absolute())).as_posix()


def count_all(sources: Sequence[CorpusSource], images: pa.Table, texts: pa.Table, rejects: pa.Table) -> Counts:
    """Return the counts of a corpus with these tables and, already counted, sources."""
    kinds = count_rows(texts, "kind")
    return Counts(
        images_in=sum(source.images_in for source in sources),
        images=len(images),
        texts=len(texts),
        captions=kinds["caption",],
        questions=kinds["question",],
        rejects={unit: count for (unit,), count in sorted(count_rows(rejects, "unit").items())},
        noted=pc.sum(pc.greater(pc.list_value_length(images["notes"]), 0)).as_py(),
    )


def count_sources(sources: Sequence[SourceFolder], images: pa.Table, rejects: pa.Table) -> tuple[CorpusSource, ...]:
    """Return each source with the counts of its images."""
    kept = count_rows(images, "source")
    splits = count_rows(images, "source", "split")
    refused = count_rows(rejects.filter(pc.equal(rejects["unit"], "image")), "source")
    return tuple(
        CorpusSource(
            **source._asdict(),
            images_in=kept[source.name,] + refused[source.name,],
            images_kept=kept[source.name,],
            splits={split: count for (name, split), count in sorted(splits.items()) if name == source.name},
        )
        for source in sources
    )


def _portable(value: Any, out: Path) -> Any:
    if isinstance(value, Path):
        return relative(value, out)
    if isinstance(value, re.Pattern):
        return value.pattern
    if isinstance(value, dict):
        return {str(key): _portable(item, out) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_portable(item, out) for item in value]
    return to_jsonable_python(value)

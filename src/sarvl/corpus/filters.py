"""TextFilter: which texts are kept, by what they are and by the image that they are about."""

from collections.abc import Collection, Mapping
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sarvl.corpus.rows import CorpusImage
from sarvl.errors import CorpusError
from sarvl.language import Statement
from sarvl.language.statement import Kind
from sarvl.recipes import RecipeModel

_COLUMN_OF = {
    "texts": {"kinds": "kind", "families": "family", "producers": "producer"},
    "images": {"sources": "source", "domains": "domain", "licences": "licence"},
}


class TextFilter(RecipeModel):
    """What a text must be to be kept: one of the values of each field; an empty field asks for nothing."""

    kinds: tuple[Kind, ...] = ()
    """``caption`` or ``question``; training learns from captions alone."""
    families: tuple[str, ...] = ()
    """Families of captions, such as ``totals``, or of questions, such as ``count``."""
    producers: tuple[str, ...] = ()
    """``rule:<family>``, ``model:<id>`` or ``human``."""
    sources: tuple[str, ...] = ()
    """Of the image."""
    domains: tuple[Literal["sar", "optical"], ...] = ()
    """Of the image: ``sar`` or ``optical``."""
    licences: tuple[str, ...] = ()
    """Of the image."""

    def keeps(self, image: CorpusImage, statement: Statement) -> bool:
        """Say whether a statement about an image is kept."""
        return all(
            getattr(item, column) in getattr(self, field)
            for item, table in ((image, "images"), (statement, "texts"))
            for field, column in _COLUMN_OF[table].items()
            if getattr(self, field)
        )

    def unknown_name(self, known: Mapping[str, Collection[str]]) -> str | None:
        """Return what is wrong with the first value that is not ``known`` for its field, None where all are.

        Fields that ``known`` does not have are not checked.
        """
        for field, names in known.items():
            unknown = sorted(set(getattr(self, field)) - set(names))
            if unknown:
                return f"{field}: {unknown[0]!r} is unknown; there are {', '.join(sorted(names))}"
        return None


def kept_texts(
    images: pa.Table, texts: pa.Table, image_of_text: NDArray[np.int64], wanted: TextFilter, where: str
) -> NDArray[np.bool_]:
    """Return for each row of the texts table whether ``wanted`` keeps it: (T,) bool.

    image_of_text: the row of the image of each text (T,). Raises CorpusError, beginning with ``where`` and naming what
    there is, for a value that the tables do not have.
    """
    tables = {"images": images, "texts": texts}
    keeps = {name: np.ones(len(table), np.bool_) for name, table in tables.items()}
    for name, columns in _COLUMN_OF.items():
        for field, column in columns.items():
            values = getattr(wanted, field)
            if values:
                there = tables[name][column]
                problem = wanted.unknown_name({field: there.unique().to_pylist()})
                if problem:
                    raise CorpusError(f"{where}: {problem}")
                keeps[name] &= pc.is_in(there, value_set=pa.array(values, pa.string())).to_numpy()
    keeps["texts"] &= keeps["images"][image_of_text]
    return keeps["texts"]

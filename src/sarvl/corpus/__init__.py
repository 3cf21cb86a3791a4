"""The corpus: a data set on disk, from a recipe to tables, pixels and a data card."""

from typing import TYPE_CHECKING

from sarvl.lazy_names import lazy_getattr

if TYPE_CHECKING:
    from sarvl.corpus.building.builder import build
    from sarvl.corpus.building.merging import merge
    from sarvl.corpus.inspecting.card_samples import display_pixels, sample_rows
    from sarvl.corpus.inspecting.inspector import inspect
    from sarvl.corpus.pixels import pixel_cache, prepared_rows
    from sarvl.corpus.recipe import BuildRecipe
    from sarvl.corpus.store import Corpus

__all__ = [
    "BuildRecipe",
    "Corpus",
    "build",
    "display_pixels",
    "inspect",
    "merge",
    "pixel_cache",
    "prepared_rows",
    "sample_rows",
]
__getattr__ = lazy_getattr(
    __name__,
    {
        "BuildRecipe": "sarvl.corpus.recipe",
        "Corpus": "sarvl.corpus.store",
        "build": "sarvl.corpus.building.builder",
        "display_pixels": "sarvl.corpus.inspecting.card_samples",
        "inspect": "sarvl.corpus.inspecting.inspector",
        "merge": "sarvl.corpus.building.merging",
        "pixel_cache": "sarvl.corpus.pixels",
        "prepared_rows": "sarvl.corpus.pixels",
        "sample_rows": "sarvl.corpus.inspecting.card_samples",
    },
)

"""The corpus: a data set on disk, from a recipe to tables, pixels and a data card."""

from sarvl.corpus.building.builder import build
from sarvl.corpus.building.merging import merge
from sarvl.corpus.export import export
from sarvl.corpus.inspecting.card_samples import display_pixels, sample_rows
from sarvl.corpus.inspecting.inspector import inspect
from sarvl.corpus.pixels import pixel_cache
from sarvl.corpus.recipe import BuildRecipe
from sarvl.corpus.store import Corpus

__all__ = [
    "BuildRecipe",
    "Corpus",
    "build",
    "display_pixels",
    "export",
    "inspect",
    "merge",
    "pixel_cache",
    "sample_rows",
]

"""The corpus: a data set on disk, from a recipe to tables, pixels and a data card."""

from sarvl.corpus.build import build
from sarvl.corpus.card import display_pixels, sample_rows
from sarvl.corpus.pixels import pixel_cache
from sarvl.corpus.recipe import BuildRecipe
from sarvl.corpus.store import Corpus

__all__ = ["BuildRecipe", "Corpus", "build", "display_pixels", "pixel_cache", "sample_rows"]

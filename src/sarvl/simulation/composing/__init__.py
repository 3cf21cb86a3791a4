"""Scenes composed of real targets on real or fitted clutter, with boxes, masks and classes."""

from sarvl.simulation.composing.compose_recipe import ComposeRecipe
from sarvl.simulation.composing.composer import compose

__all__ = ["ComposeRecipe", "compose"]

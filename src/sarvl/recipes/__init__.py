"""Recipes: what a user writes in YAML, each field's meaning said once, as its docstring in the model."""

from sarvl.recipes.comments import commented_recipe
from sarvl.recipes.recipe_file import check_recipe, first_problem, load_recipe, override_fields, recipe_of
from sarvl.recipes.recipe_model import NoOptions, RecipeModel, RecipePath, against_recipe, at_home
from sarvl.recipes.schema import recipe_schema

__all__ = [
    "NoOptions",
    "RecipeModel",
    "RecipePath",
    "against_recipe",
    "at_home",
    "check_recipe",
    "commented_recipe",
    "first_problem",
    "load_recipe",
    "override_fields",
    "recipe_of",
    "recipe_schema",
]

"""Training: a recipe of stages, the loop that runs them, and the objectives."""

from sarvl.training.log import read_metrics
from sarvl.training.loop import train
from sarvl.training.recipe import TrainRecipe

__all__ = ["TrainRecipe", "read_metrics", "train"]

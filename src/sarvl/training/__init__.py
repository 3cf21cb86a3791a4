"""Training: a recipe of stages, the loop that runs them, and the objectives."""

from sarvl.training.loop import train
from sarvl.training.metrics import read_metrics
from sarvl.training.recipe import TrainRecipe

__all__ = ["TrainRecipe", "read_metrics", "train"]

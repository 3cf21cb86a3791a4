"""Training: a recipe of stages, the loop that runs them, and the objectives."""

from typing import TYPE_CHECKING

from sarvl.lazy_names import lazy_getattr

if TYPE_CHECKING:
    from sarvl.training.loop import train
    from sarvl.training.planning import dry_run
    from sarvl.training.recipe import TrainRecipe
    from sarvl.training.run.metrics import read_metrics

__all__ = ["TrainRecipe", "dry_run", "read_metrics", "train"]
__getattr__ = lazy_getattr(
    __name__,
    {
        "TrainRecipe": "sarvl.training.recipe",
        "dry_run": "sarvl.training.planning",
        "read_metrics": "sarvl.training.run.metrics",
        "train": "sarvl.training.loop",
    },
)

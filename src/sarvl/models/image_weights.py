"""Weights of a classifier for the image tower of a model."""

from pathlib import Path

from sarvl.errors import ModelError
from sarvl.models.protocols import Trainable
from sarvl.models.towers import tower_module
from sarvl.models.weights import read_weights


def load_image_tower(model: Trainable, path: Path) -> None:
    """Start the image tower from the weights of a timm classifier, its head left out.

    Raises ModelError where the tower is not of timm, or where a weight cannot be read, is missing or of another shape.
    """
    trunk = getattr(tower_module(model.network, "image"), "trunk", None)
    if trunk is None:
        raise ModelError(f"{model.name}: its image tower is not of timm; image_weights works for timm towers only")
    given = read_weights(path)
    wanted = trunk.state_dict()
    wrong = [name for name in wanted if name not in given or given[name].shape != wanted[name].shape]
    if wrong:
        raise ModelError(
            f"{path}: {len(wrong)} weights of {model.name}'s image tower are missing or differ: {wrong[0]}"
        )
    trunk.load_state_dict({name: given[name].to(wanted[name].dtype) for name in wanted})

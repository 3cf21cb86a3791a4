"""Weights of a classifier for the image tower of a model."""

from collections.abc import Mapping

from torch import Tensor

from sarvl.errors import ModelError
from sarvl.files import FilePath
from sarvl.models.adapting.image_start import file_of_weights
from sarvl.models.networks.towers import tower_module
from sarvl.models.networks.weights import read_weights
from sarvl.models.protocols import Trainable

_STEM, _HEAD = "_conv_stem.weight", "_fc."  # as EfficientNet-PyTorch calls them


def load_image_tower(model: Trainable, weights: FilePath) -> None:
    """Start the image tower from the weights of a classifier, its head left out.

    weights: a file with the names of timm or of EfficientNet-PyTorch, or a name of ``IMAGE_STARTS``.
    Raises ModelError where the tower is not of timm, or where a weight cannot be read, is missing or of another shape.
    """
    trunk = getattr(tower_module(model.network, "image"), "trunk", None)
    if trunk is None:
        raise ModelError(f"{model.name}: its image tower is not of timm; image_weights works for timm towers only")
    path, wanted = file_of_weights(str(weights)), trunk.state_dict()
    given = _named_as_in_timm(read_weights(path), wanted)
    wrong = [name for name in wanted if name not in given or given[name].shape != wanted[name].shape]
    if wrong:
        raise ModelError(
            f"{path}: {len(wrong)} weights of {model.name}'s image tower are missing or differ: {wrong[0]}"
        )
    trunk.load_state_dict({name: given[name].to(wanted[name].dtype) for name in wanted})


def _named_as_in_timm(given: dict[str, Tensor], wanted: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return weights by the names of timm: those of EfficientNet-PyTorch are the same tensors in the same order."""
    if _STEM not in given:
        return given
    own = [name for name in given if not name.startswith(_HEAD)]
    if [_last(name) for name in own] != [_last(name) for name in wanted]:
        return given
    return {name: given[own_name] for name, own_name in zip(wanted, own, strict=True)}


def _last(name: str) -> str:
    """Return what a tensor is of its layer: ``weight``, ``running_mean`` and so on."""
    return name.rpartition(".")[2]

"""Published: weights of other projects, of the architectures and with the input contract that their own code gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import open_clip
from torch import Tensor

from sarvl.errors import ModelError
from sarvl.imagery import InputContract
from sarvl.models.clips.clip import Clip
from sarvl.models.clips.creation import open_weights
from sarvl.models.networks.weights import read_weights, weights_of_folder
from sarvl.models.open_clip.networks import planned_network


@dataclass(frozen=True)
class Published:
    """The weights of a project: state dicts of open_clip, bare or as its training wraps them.

    prefix: of names. architectures: of open_clip, that the project's code loads its weights into. contract: made of
    the side of the images in pixels, where the project has another one than open_clip's preprocessing.
    """

    prefix: str
    architectures: tuple[str, ...]
    contract: Callable[[int], InputContract] | None = None

    def load(self, path: str) -> Clip:
        """Load a file, or the one in a folder, as the architecture whose names and shapes it has.

        Raises ModelError where it cannot be read, or where a weight is missing, of another shape or too many.
        """
        name, place = f"{self.prefix}:{path}", Path(path)
        if not place.exists():
            raise ModelError(f"{name}: no such file; give the weights of {', '.join(self.architectures)}")
        weights = read_weights(weights_of_folder(place) if place.is_dir() else place)
        model = open_weights(name, architecture_of(weights, self.architectures), weights)
        if self.contract is None:
            return model
        return replace(model, contract=self.contract(model.square.size), history=model.history)


def architecture_of(weights: Mapping[str, Tensor], architectures: tuple[str, ...]) -> str:
    """Return the one of some architectures of open_clip whose names and shapes differ least from those of weights."""
    given = {(name, tuple(value.shape)) for name, value in weights.items()}
    return min(architectures, key=lambda architecture: len(given ^ shapes_of(architecture)))


def shapes_of(architecture: str) -> set[tuple[str, tuple[int, ...]]]:
    """Return the names and shapes of the weights of an architecture of open_clip."""
    plan = planned_network(open_clip.get_model_config(architecture))
    return {(name, tuple(value.shape)) for name, value in plan.state_dict().items()}

"""Objectives over the pairs of a batch: each image with each text, through the two towers."""

from typing import Any, Literal, TypeVar

from torch import Tensor
from torch.nn import functional

from sarvl.models.image_inputs import NAMES, image_inputs
from sarvl.models.protocols import TwoTowers
from sarvl.recipes import RecipeModel
from sarvl.training.objective import Batch, Gather, Objective, Tensors

Positives = Literal["equal captions", "masked", "plain"]


class PairOptions(RecipeModel):
    """What pairs a batch has beside those of an image with its own text."""

    positives: Positives = "equal captions"
    """What an image is to a text that says the same as its own: positive (``equal captions``), neither positive nor
    negative (``masked``), or negative (``plain``), as in CLIP and SigLIP."""


PairOptionsT = TypeVar("PairOptionsT", bound=RecipeModel)


class PairObjective(Objective[PairOptionsT]):
    """An objective of two towers: what it takes of a batch, and of the network."""

    needs = TwoTowers
    kinds = ("caption",)

    def collate(self, model: Any, batch: Batch, _options: PairOptionsT) -> Tensors:
        """Return the tiles of the images, meanings, and tokens without their padding."""
        tokens = model.without_padding(batch.tokens)  # (B, L)
        return image_inputs(batch.images, batch.pixels) | {"tokens": tokens, "meanings": batch.meanings}

    def forward(self, model: Any, inputs: Tensors, _options: PairOptionsT) -> Tensors:
        """Return the features of images and texts (B, D), not normalised, and the factor on their cosines."""
        images = model.image_features(**{name: inputs[name] for name in NAMES})
        return {"images": images, "texts": model.text_features(inputs["tokens"]), "scale": model.cosine_factor()}


def scaled_cosines(outputs: Tensors, gather: Gather) -> Tensor:
    """Return the cosines of all images and texts, float32 (B, B), times their factor."""
    images = functional.normalize(gather(outputs["images"].float()), dim=-1)
    texts = functional.normalize(gather(outputs["texts"].float()), dim=-1)
    return outputs["scale"] * images @ texts.T


def is_same(meanings: Tensor) -> Tensor:
    """Return whether two texts of a batch say the same: (B, B) bool, from meanings (B,)."""
    return meanings[:, None] == meanings[None, :]

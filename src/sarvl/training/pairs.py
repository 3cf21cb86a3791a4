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
    """What an image is to a text that says the same as its own, or that is of the same image, which ``sampling`` may
    show twice in a batch: positive (``equal captions``), neither positive nor negative (``masked``), or negative
    (``plain``), as in CLIP and SigLIP."""


PairOptionsT = TypeVar("PairOptionsT", bound=RecipeModel)


class PairObjective(Objective[PairOptionsT]):
    """An objective of two towers: what it takes of a batch, and of the network."""

    needs = TwoTowers
    kinds = ("caption",)

    def collate(self, model: Any, batch: Batch, _options: PairOptionsT) -> Tensors:
        """Return the tiles of the images, tokens without their padding, and by what pairs are alike."""
        tokens = model.without_padding(batch.tokens)  # (B, L)
        return image_inputs(batch.images, batch.pixels) | {"tokens": tokens} | likeness(batch)

    def forward(self, model: Any, inputs: Tensors, _options: PairOptionsT) -> Tensors:
        """Return the features of images and texts (B, D), not normalised, and the factor on their cosines."""
        images = model.image_features(**{name: inputs[name] for name in NAMES})
        return {"images": images, "texts": model.text_features(inputs["tokens"]), "scale": model.cosine_factor()}


def scaled_cosines(outputs: Tensors, gather: Gather) -> Tensor:
    """Return the cosines of all images and texts, float32 (B, B), times their factor."""
    images = functional.normalize(gather(outputs["images"].float()), dim=-1)
    texts = functional.normalize(gather(outputs["texts"].float()), dim=-1)
    return outputs["scale"] * images @ texts.T


def likeness(batch: Batch) -> Tensors:
    """Return by what pairs of a batch are alike, for ``are_alike``: numbers (B,) of what texts say, and of images."""
    return {"meanings": batch.meanings, "pictures": batch.pictures}


def are_alike(inputs: Tensors, gather: Gather) -> Tensor:
    """Return whether the text of a pair is as true of the image of another as its own: (B, B) bool, symmetric.

    Their texts say the same; or their images are one, as BLIP has it (Li et al. 2022). inputs: with ``likeness``.
    """
    return is_same(gather(inputs["meanings"])) | is_same(gather(inputs["pictures"]))


def is_same(numbers: Tensor) -> Tensor:
    """Return where numbers (B,) are equal: (B, B) bool."""
    return numbers[:, None] == numbers[None, :]

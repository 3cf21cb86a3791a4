"""Objectives over the pairs of a batch: each image with each text, through the two towers."""

from typing import Any, Literal, TypeVar

import torch
from torch import Tensor
from torch.nn import functional

from sarvl.models.networks.image_inputs import NAMES, image_inputs
from sarvl.models.protocols import TwoTowers
from sarvl.recipes import RecipeModel
from sarvl.training.objective import Batch, Gather, Objective, Tensors

Positives = Literal["equal captions", "true captions", "masked", "plain"]


class PairOptions(RecipeModel):
    """What pairs a batch has beside those of an image with its own text."""

    positives: Positives = "equal captions"
    """What an image is to a text that says the same as its own, or that is of the same image, which ``sampling`` may
    show twice in a batch: positive (``equal captions``), neither positive nor negative (``masked``), or negative
    (``plain``), as in CLIP and SigLIP. With ``true captions`` all texts whose claims its annotation bears out are
    positive, whatever image they were written for."""


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
    """Return by what pairs of a batch are alike, for ``are_alike``.

    Numbers (B,) of what texts say, and of images; and (B, W) which texts of all processes are true of each image,
    where the objective asks for it.
    """
    numbers = {"meanings": batch.meanings, "pictures": batch.pictures}
    return numbers if batch.truth is None else numbers | {"truth": batch.truth.to(torch.uint8)}


def asks_for_truth(options: Any) -> bool:
    """Return whether an objective asks for ``Batch.truth``, by its options."""
    return getattr(options, "positives", None) == "true captions"


def is_spread(positives: Positives) -> bool:
    """Return whether all texts that are as true of an image as its own are positives of it."""
    return positives in ("equal captions", "true captions")


def are_alike(inputs: Tensors, gather: Gather) -> Tensor:
    """Return for each image whether the text of another pair is as true of it as its own: (B, B) bool.

    Their texts say the same; or their images are one, as BLIP has it (Li et al. 2022): that is symmetric. Or, where the
    objective asks for it, the annotation bears the text out. inputs: with ``likeness``.
    """
    alike = is_same(gather(inputs["meanings"])) | is_same(gather(inputs["pictures"]))
    return alike | gather(inputs["truth"]).bool() if "truth" in inputs else alike


def is_same(numbers: Tensor) -> Tensor:
    """Return where numbers (B,) are equal: (B, B) bool."""
    return numbers[:, None] == numbers[None, :]

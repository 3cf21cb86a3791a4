"""SigLIP: each pair of a batch is judged on its own, whether image and text belong together (Zhai et al. 2023)."""

import torch
from torch import Tensor
from torch.nn import functional

from sarvl.models.protocols import SigmoidTowers
from sarvl.training.objective import Gather, Tensors
from sarvl.training.pairs import PairObjective, PairOptions, Positives, are_alike, is_spread, scaled_cosines


class SigLip(PairObjective[PairOptions]):
    """The sigmoid loss of a model with a bias on its cosines; neither its factor nor its bias is bounded."""

    needs = SigmoidTowers
    options = PairOptions

    def forward(self, model: SigmoidTowers, inputs: Tensors, options: PairOptions) -> Tensors:
        """Return the features of images and texts (B, D), not normalised, and the factor and bias of their cosines."""
        return super().forward(model, inputs, options) | {"bias": model.cosine_bias()}

    def loss(self, outputs: Tensors, inputs: Tensors, gather: Gather, options: PairOptions) -> Tensors:
        """Return the one part ``sigmoid``."""
        logits = scaled_cosines(outputs, gather) + outputs["bias"]
        return {"sigmoid": sigmoid_loss(logits, are_alike(inputs, gather), options.positives)}

    def after_step(self, _model: SigmoidTowers, _options: PairOptions) -> None:
        """Leave the factor and the bias as they are: published ones lie above 100."""


def sigmoid_loss(logits: Tensor, alike: Tensor, positives: Positives = "equal captions") -> Tensor:
    """Return the surprise at all pairs of a batch, logits (B, B), divided by B.

    alike: (B, B) bool, whether a text is as true of another's image as its own (``are_alike``). positives: with
    ``equal captions`` and ``true captions`` an image belongs to all of these texts; ``masked`` leaves these pairs out
    of the sum; ``plain`` counts them as not belonging together, as SigLIP does. All are open_clip's ``SigLipLoss``
    where none are alike.
    """
    own = torch.eye(len(alike), dtype=torch.bool, device=alike.device)
    belongs = alike if is_spread(positives) else own
    surprise = -functional.logsigmoid(torch.where(belongs, logits, -logits))
    if positives == "masked":
        surprise = surprise.masked_fill(alike & ~own, 0.0)
    loss: Tensor = surprise.sum() / len(alike)
    return loss


OBJECTIVE = SigLip()

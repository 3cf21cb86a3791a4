"""SigLIP: each pair of a batch is judged on its own, whether image and text belong together (Zhai et al. 2023)."""

import torch
from torch import Tensor
from torch.nn import functional

from sarvl.models.protocols import SigmoidTowers
from sarvl.training.objective import Gather, Tensors
from sarvl.training.pairs import PairObjective, PairOptions, Positives, is_same, scaled_cosines


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
        return {"sigmoid": sigmoid_loss(logits, gather(inputs["meanings"]), options.positives)}

    def after_step(self, _model: SigmoidTowers, _options: PairOptions) -> None:
        """Leave the factor and the bias as they are: published ones lie above 100."""


def sigmoid_loss(logits: Tensor, meanings: Tensor, positives: Positives = "equal captions") -> Tensor:
    """Return the surprise at all pairs of a batch, logits (B, B), divided by B.

    meanings: (B,) integers, equal where two captions say the same. positives: with ``equal captions`` an image belongs
    to all that say the same as its own; ``masked`` leaves these pairs out of the sum; ``plain`` counts them as not
    belonging together, as SigLIP does. All three are open_clip's ``SigLipLoss`` with B distinct meanings.
    """
    own = torch.eye(len(meanings), dtype=torch.bool, device=meanings.device)
    belongs = is_same(meanings) if positives == "equal captions" else own
    surprise = -functional.logsigmoid(torch.where(belongs, logits, -logits))
    if positives == "masked":
        surprise = surprise.masked_fill(is_same(meanings) & ~own, 0.0)
    loss: Tensor = surprise.sum() / len(meanings)
    return loss


OBJECTIVE = SigLip()

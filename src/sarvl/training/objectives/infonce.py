"""InfoNCE: an image and its caption come closer, all other pairs of the batch part."""

import torch
from torch import Tensor
from torch.nn import functional

from sarvl.models.protocols import TwoTowers
from sarvl.training.objective import Gather, Tensors
from sarvl.training.pairs import PairObjective, PairOptions, Positives, are_alike

MAX_LOGIT_SCALE = 4.6052  # ln 100, Radford et al. 2021


class InfoNCE(PairObjective[PairOptions]):
    """The symmetric contrastive loss of CLIP over the pairs of a batch, with equal captions as positives."""

    options = PairOptions

    def loss(self, outputs: Tensors, inputs: Tensors, gather: Gather, options: PairOptions) -> Tensors:
        """Return the one part ``contrastive``."""
        images, texts = gather(outputs["images"].float()), gather(outputs["texts"].float())
        alike = are_alike(inputs, gather)
        return {"contrastive": contrastive_loss(images, texts, outputs["scale"], alike, options.positives)}

    def floors(self, inputs: Tensors, gather: Gather, options: PairOptions) -> Tensors:
        """Return the entropy of the targets: with equal captions as positives, no model gets to 0."""
        return floors_of(inputs, gather, options)

    def after_step(self, model: TwoTowers, _options: PairOptions) -> None:
        """Keep the factor on cosines at 100 at most."""
        model.limit_cosine_factor(MAX_LOGIT_SCALE)


def contrastive_loss(
    image_features: Tensor,
    text_features: Tensor,
    logit_scale: Tensor,
    alike: Tensor,
    positives: Positives = "equal captions",
) -> Tensor:
    """Return the symmetric InfoNCE loss, by default with equal captions as positives, not negatives.

    image_features, text_features: (B, D), normalised here. alike: (B, B) bool, symmetric, whether a text is as true of
    another's image as its own (``are_alike``). positives: ``equal captions`` spreads the target of a row evenly over
    all that are alike; ``masked`` leaves these out of the row, but for its own pair; ``plain`` is CLIP's loss, as all
    three are where none are alike.
    Source: Radford et al. 2021 for InfoNCE; equal captions as positives is our rule, since template texts repeat;
    DINOSAR masks them.
    """
    images = functional.normalize(image_features, dim=-1)
    texts = functional.normalize(text_features, dim=-1)
    logits = logit_scale * images @ texts.T  # (B, B)
    own = torch.eye(len(alike), dtype=torch.bool, device=alike.device)
    targets = (alike if positives == "equal captions" else own).to(logits.dtype)
    targets = targets / targets.sum(dim=1, keepdim=True)
    if positives == "masked":
        logits = logits.masked_fill(alike & ~own, torch.finfo(logits.dtype).min)
    # Both the targets and what is masked are symmetric.
    loss: Tensor = (functional.cross_entropy(logits, targets) + functional.cross_entropy(logits.T, targets)) / 2
    return loss


def floors_of(inputs: Tensors, gather: Gather, options: PairOptions) -> Tensors:
    """Return the least that the part ``contrastive`` can be, where that is not 0."""
    if options.positives != "equal captions":
        return {}
    return {"contrastive": target_entropy(are_alike(inputs, gather))}


def target_entropy(alike: Tensor) -> Tensor:
    """Return the mean entropy, in nats, of targets that are spread, below which the loss cannot be."""
    return alike.sum(dim=1).float().log().mean()


OBJECTIVE = InfoNCE()

"""InfoNCE: an image and its caption come closer, all other pairs of the batch part."""

import torch
from torch import Tensor
from torch.nn import functional

from sarvl.models.protocols import TwoTowers
from sarvl.training.objective import Gather, Tensors
from sarvl.training.pairs import PairObjective, PairOptions, Positives, are_alike, is_spread

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

    image_features, text_features: (B, D), normalised here. alike: (B, B) bool, whether a text is as true of another's
    image as its own (``are_alike``). positives: ``equal captions`` and ``true captions`` spread the target
    (``targets_of``); ``masked`` leaves what is alike out of the row, but for its own pair; ``plain`` is CLIP's loss, as
    all are where none are alike.
    Source: Radford et al. 2021 for InfoNCE; equal and true captions as positives are our rules, since template texts
    repeat; DINOSAR masks them.
    """
    images = functional.normalize(image_features, dim=-1)
    texts = functional.normalize(text_features, dim=-1)
    logits = logit_scale * images @ texts.T  # (B, B)
    own = torch.eye(len(alike), dtype=torch.bool, device=alike.device)
    of_images, of_texts = targets_of(alike if is_spread(positives) else own)
    if positives == "masked":
        logits = logits.masked_fill(alike & ~own, torch.finfo(logits.dtype).min)
    loss: Tensor = (functional.cross_entropy(logits, of_images) + functional.cross_entropy(logits.T, of_texts)) / 2
    return loss


def targets_of(alike: Tensor) -> tuple[Tensor, Tensor]:
    """Return the targets of images over texts, and of texts over images, both (B, B), whose rows add up to 1.

    Which of the images that a text is true of it was written for cannot be known: each gets an even share. What an
    image is given of each text are these shares: the fewer others a text is true of, the likelier it is its own.
    """
    shares = alike.float() / alike.sum(dim=0, keepdim=True)
    return shares / shares.sum(dim=1, keepdim=True), shares.T


def floors_of(inputs: Tensors, gather: Gather, options: PairOptions) -> Tensors:
    """Return the least that the part ``contrastive`` can be, where that is not 0."""
    if not is_spread(options.positives):
        return {}
    return {"contrastive": target_entropy(are_alike(inputs, gather))}


def target_entropy(alike: Tensor) -> Tensor:
    """Return the mean entropy, in nats, of targets that are spread, below which the loss cannot be."""
    return torch.stack([torch.special.entr(targets).sum(dim=1).mean() for targets in targets_of(alike)]).mean()


OBJECTIVE = InfoNCE()

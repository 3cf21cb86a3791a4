"""Training objectives: features in, loss out."""

from torch import Tensor
from torch.nn import functional


def contrastive_loss(image_features: Tensor, text_features: Tensor, logit_scale: Tensor, meanings: Tensor) -> Tensor:
    """Return the symmetric InfoNCE loss in which equal captions are positives, not negatives.

    image_features, text_features: (B, D), normalised here. meanings: (B,) integers, equal where two captions say the
    same; the target of a row is spread evenly over all its positives. With B distinct meanings it equals CLIP's loss.
    Source: Radford et al. 2021 for InfoNCE; equal captions as positives is our rule, since template texts repeat.
    """
    images = functional.normalize(image_features, dim=-1)
    texts = functional.normalize(text_features, dim=-1)
    logits = logit_scale * images @ texts.T  # (B, B)
    positives = (meanings[:, None] == meanings[None, :]).to(logits.dtype)
    targets = positives / positives.sum(dim=1, keepdim=True)
    image_to_text = functional.cross_entropy(logits, targets)
    text_to_image = functional.cross_entropy(logits.T, targets.T / targets.T.sum(dim=1, keepdim=True))
    loss: Tensor = (image_to_text + text_to_image) / 2
    return loss

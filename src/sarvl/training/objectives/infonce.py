"""InfoNCE: an image and its caption come closer, all other pairs of the batch part."""

from torch import Tensor
from torch.nn import functional

from sarvl.models.protocols import TwoTowers
from sarvl.recipes import NoOptions
from sarvl.training.objective import Batch, Gather, Objective, Tensors

MAX_LOGIT_SCALE = 4.6052  # ln 100, Radford et al. 2021


class InfoNCE(Objective[NoOptions]):
    """The symmetric contrastive loss of CLIP over the pairs of a batch, with equal captions as positives."""

    needs = TwoTowers
    kinds = ("caption",)
    options = NoOptions

    def collate(self, model: TwoTowers, batch: Batch, _options: NoOptions) -> Tensors:
        """Return pixels, meanings, and tokens without their padding."""
        tokens = model.without_padding(batch.tokens)  # (B, L)
        return {"pixels": batch.pixels, "tokens": tokens, "meanings": batch.meanings}

    def forward(self, model: TwoTowers, inputs: Tensors, _options: NoOptions) -> Tensors:
        """Return the features of images and texts (B, D), not normalised, and the factor on their cosines."""
        images = model.image_features(inputs["pixels"])
        return {"images": images, "texts": model.text_features(inputs["tokens"]), "scale": model.cosine_factor()}

    def loss(self, outputs: Tensors, inputs: Tensors, gather: Gather, _options: NoOptions) -> Tensors:
        """Return the one part ``contrastive``."""
        images, texts = gather(outputs["images"].float()), gather(outputs["texts"].float())
        return {"contrastive": contrastive_loss(images, texts, outputs["scale"], gather(inputs["meanings"]))}

    def floors(self, inputs: Tensors, gather: Gather, _options: NoOptions) -> Tensors:
        """Return the entropy of the targets: with equal captions in a batch, no model gets to 0."""
        return {"contrastive": target_entropy(gather(inputs["meanings"]))}

    def after_step(self, model: TwoTowers, _options: NoOptions) -> None:
        """Keep the factor on cosines at 100 at most."""
        model.limit_cosine_factor(MAX_LOGIT_SCALE)


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


def target_entropy(meanings: Tensor) -> Tensor:
    """Return the mean entropy, in nats, of the targets of ``contrastive_loss``, which is the least that it can be."""
    positives = (meanings[:, None] == meanings[None, :]).sum(dim=1)
    return positives.float().log().mean()


OBJECTIVE = InfoNCE()

"""CoCa: an image and its caption come closer, and the caption is written from the image (Yu et al. 2022)."""

from pydantic import Field
from torch.nn import functional

from sarvl.models.protocols import CaptionLearner
from sarvl.training.objective import Batch, Gather, Objective, Tensors
from sarvl.training.objectives.infonce import MAX_LOGIT_SCALE, contrastive_loss, floors_of
from sarvl.training.pairs import PairOptions, are_alike, likeness


class CocaOptions(PairOptions):
    """How the two parts of the loss are weighed, and what other pairs are in the contrastive one."""

    contrastive_weight: float = Field(default=1.0, ge=0)
    """Of the contrastive part."""
    caption_weight: float = Field(default=2.0, ge=0)
    """Of the caption part; 2 as Yu et al. 2022 and open_clip have it."""


class Coca(Objective[CocaOptions]):
    """The contrastive loss of ``infonce``, and the cross-entropy of each next token."""

    needs = CaptionLearner
    kinds = ("caption",)
    options = CocaOptions

    def collate(self, model: CaptionLearner, batch: Batch, _options: CocaOptions) -> Tensors:
        """Return pixels, tokens, by what pairs are alike, what is written (B, L), and what of that is text."""
        written = model.written(batch.tokens)
        is_text = written != model.padding
        longest = int(is_text.any(dim=0).nonzero().max()) + 1
        inputs = {"pixels": batch.pixels, "tokens": batch.tokens} | likeness(batch)
        return inputs | {"written": written[:, 1:longest], "is_text": is_text[:, 1:longest]}

    def forward(self, model: CaptionLearner, inputs: Tensors, _options: CocaOptions) -> Tensors:
        """Return the features of images and texts (B, D), the factor on cosines, and the logits (K, V) of text."""
        images, texts, logits = model.features_and_logits(inputs["pixels"], inputs["tokens"], inputs["is_text"])
        return {"images": images, "texts": texts, "scale": model.cosine_factor(), "logits": logits}

    def loss(self, outputs: Tensors, inputs: Tensors, gather: Gather, options: CocaOptions) -> Tensors:
        """Return the parts ``contrastive`` and ``caption``."""
        images, texts = gather(outputs["images"].float()), gather(outputs["texts"].float())
        alike = are_alike(inputs, gather)
        contrastive = contrastive_loss(images, texts, outputs["scale"], alike, options.positives)
        is_text = inputs["is_text"]
        counted = is_text.sum()
        share = counted / gather(counted[None]).float().mean()  # of a process, of the mean over the tokens of all
        caption = share * functional.cross_entropy(outputs["logits"].float(), inputs["written"][is_text])
        return {
            "contrastive": options.contrastive_weight * contrastive,
            "caption": options.caption_weight * caption,
        }

    def floors(self, inputs: Tensors, gather: Gather, options: CocaOptions) -> Tensors:
        """Return the entropy of the contrastive targets, with its weight."""
        return {name: options.contrastive_weight * floor for name, floor in floors_of(inputs, gather, options).items()}

    def after_step(self, model: CaptionLearner, _options: CocaOptions) -> None:
        """Keep the factor on cosines at 100 at most."""
        model.limit_cosine_factor(MAX_LOGIT_SCALE)


OBJECTIVE = Coca()

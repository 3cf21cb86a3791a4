"""Hooks: what a stage does at the end of each epoch, before it keeps the weights."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch.optim.swa_utils import update_bn

from sarvl.models.protocols import Trainable
from sarvl.models.towers import tower_module
from sarvl.training.batches import StageData
from sarvl.training.stage_loss import StageLoss

Hook = Callable[[], dict[str, float]]
"""Returns the figures that it found, by name, for the log and the checkpoint."""

VALIDATION_LOSS = "validation_loss"  # the figure that picks the best checkpoint
_IMAGES = 2048


def epoch_hooks(
    model: Trainable, loss: StageLoss, data: StageData, held_out: StageData | None, frozen: Sequence[str]
) -> list[Hook]:
    """Return what a stage does at the end of each epoch, in this order: the validation is of the weights as kept.

    held_out: the validation split, where the stage has one. frozen: towers that the stage leaves as they are.
    """
    hooks: list[Hook] = []
    if "image" not in frozen:
        hooks.append(partial(measure_batch_norm, model, data))
    if held_out:
        hooks.append(partial(validate, model, loss, held_out))
    return hooks


def measure_batch_norm(model: Trainable, data: StageData) -> dict[str, float]:
    """Set the means and variances of the image tower to those over up to 2,048 images of ``data``, not augmented.

    The running ones are of augmented images, and of weights that were still moving. Training does not depend on either.
    Source: Wu and Johnson, Rethinking "Batch" in BatchNorm, 2021 (PreciseBN).
    """
    images = (model.normalise(pixels.to(model.device)) for pixels in data.sampled_tiles(_IMAGES))
    update_bn(images, tower_module(model.network, "image"))
    return {}


@torch.inference_mode()
def validate(model: Trainable, loss: StageLoss, held_out: StageData) -> dict[str, float]:
    """Return the mean loss over the validation split."""
    model.network.eval()
    total = sum(float(loss.of(batch)[0]) * len(batch.texts) for batch in held_out.validation_batches())
    return {VALIDATION_LOSS: total / len(held_out.rows)}

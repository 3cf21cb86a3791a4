"""Hooks: what a stage does at the end of each epoch, before it keeps the weights."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import torch

from sarvl.imagery import ChosenImages
from sarvl.measures.retrieval import retrieval
from sarvl.models.networks.towers import tower_module
from sarvl.models.protocols import Embedder, Trainable
from sarvl.training.data.batches import StageData
from sarvl.training.stage_loss import StageLoss
from sarvl.training.weights.freezing import batch_norms, is_trained

Hook = Callable[[], dict[str, float]]
"""Returns the figures that it found, by name, for the log and the checkpoint."""

VALIDATION_LOSS = "validation_loss"
VALIDATION_RECALL = "validation_grouped_mean_recall"
_IMAGES = 2048


def epoch_hooks(model: Trainable, loss: StageLoss, data: StageData, held_out: StageData | None) -> list[Hook]:
    """Return what a stage does at the end of each epoch, in this order: the validation is of the weights as kept.

    held_out: the validation split, where the stage has one.
    """
    hooks: list[Hook] = [partial(measure_batch_norm, model, data)]
    if held_out:
        hooks.append(partial(validate, model, loss, held_out))
        if isinstance(model, Embedder) and all_have_captions(held_out):
            hooks.append(partial(retrieve, model, held_out))
    return hooks


def merit(figures: Mapping[str, float]) -> tuple[float, ...]:
    """Return what the best epoch is chosen by: figures compared in order, the larger the better.

    The recall goes before the loss, which decides between equal ones; nothing where nothing was measured.
    """
    recall = [figures[VALIDATION_RECALL]] if VALIDATION_RECALL in figures else []
    loss = [-figures[VALIDATION_LOSS]] if VALIDATION_LOSS in figures else []
    return (*recall, *loss)


def merit_told(model: Trainable, held_out: StageData | None) -> str:
    """Say in words by what the best epoch is chosen."""
    if held_out is None:
        return "no validation split: the best checkpoint is the last"
    if not (isinstance(model, Embedder) and all_have_captions(held_out)):
        return "the best checkpoint is that of the lowest validation loss: grouped mean recall cannot be measured here"
    return "the best checkpoint is that of the highest grouped mean recall on the validation split"


def all_have_captions(held_out: StageData) -> bool:
    """Return whether each image has a caption to be retrieved by."""
    return len(np.unique(held_out.captions()[2])) == len(held_out.rows)


@torch.no_grad()
def measure_batch_norm(model: Trainable, data: StageData) -> dict[str, float]:
    """Set the means and variances of the image tower to those over up to 2,048 images of ``data``, not augmented.

    Those of norms that are frozen stay. The running ones are of augmented images, and of weights that were still
    moving. Training does not depend on either.
    Source: Wu and Johnson, Rethinking "Batch" in BatchNorm, 2021 (PreciseBN).
    """
    tower = tower_module(model.network, "image")
    norms = [norm for norm in batch_norms(tower) if is_trained(norm)]
    if not norms:
        return {}
    tower.eval()
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.train()
        norm.momentum = None  # so that all batches count alike
    for pixels in data.sampled_tiles(_IMAGES):
        tower(model.normalise(pixels.to(model.device)))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    return {}


@torch.inference_mode()
def validate(model: Trainable, loss: StageLoss, held_out: StageData) -> dict[str, float]:
    """Return the mean loss over the validation split, less what no model gets below."""
    model.network.eval()
    total = sum(loss.above_floor(batch) * len(batch.texts) for batch in held_out.validation_batches())
    return {VALIDATION_LOSS: total / len(held_out.rows)}


def retrieve(model: Embedder, held_out: StageData) -> dict[str, float]:
    """Return the grouped mean recall on the validation split, as ``sarvl evaluate --task retrieval`` measures it."""
    captions, text_of_row, image_of_row = held_out.captions()
    images = model.encode_images(ChosenImages(held_out.images, held_out.rows))
    result = retrieval(images, model.encode_texts(captions), text_of_row, image_of_row)
    recall = next(measure.value for measure in result.measures() if measure.metric == "grouped_mean_recall")
    return {VALIDATION_RECALL: float(recall)}

"""Batch normalisation: its statistics are measured anew, on images as they are, whenever weights are kept."""

from torch.optim.swa_utils import update_bn

from sarvl.models import Clip
from sarvl.training.batches import StageData

_IMAGES = 2048


def measure_batch_norm(model: Clip, data: StageData) -> None:
    """Set the means and variances of the image tower to those over up to 2,048 images of ``data``, not augmented.

    The running ones are of augmented images, and of weights that were still moving. Training does not depend on either.
    Source: Wu and Johnson, Rethinking "Batch" in BatchNorm, 2021 (PreciseBN).
    """
    images = (model.normalise(pixels.to(model.device)) for pixels in data.sampled_pixels(_IMAGES))
    update_bn(images, model.network.visual)  # type: ignore[arg-type]

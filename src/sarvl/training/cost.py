"""What a step costs: floating-point operations and memory, measured on a few pairs and scaled to a batch."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode

from sarvl.models.networks.image_inputs import image_inputs
from sarvl.models.protocols import Trainable, TwoTowers
from sarvl.training.objective import Batch
from sarvl.training.recipe import Stage
from sarvl.training.stage_loss import StageLoss

_PAIRS = 2  # batch norm wants more than one
_BYTES_OF_MOMENTS = 2 * 4  # AdamW keeps two float32 a weight


@dataclass(frozen=True)
class StepCost:
    """What a step costs.

    Operations are those of matrix products and convolutions; a multiplication and its addition are two.
    image_flops: forward, an image, where the model has an image tower of its own. step_flops: forward and backward.
    state_bytes: weights, gradients and moments, and the moving average. batch_bytes: what the backward keeps at once.
    """

    image_flops: float | None
    step_flops: float
    state_bytes: int
    batch_bytes: int


def step_cost(model: Trainable, stage: Stage, loss: StageLoss, batch: Batch) -> StepCost:
    """Return what a step of ``batch`` costs, measured on two of its pairs; the weights stay as they are."""
    part, pairs = _middle_pairs(batch), len(batch.texts)
    scale = len(batch.pixels) / len(part.pixels)  # tiles are what costs
    with _every_product_counted(), FlopCounterMode(display=False) as step:
        with _kept_for_backward(model.network) as kept:
            value, _ = loss.of(part)
        forward = step.get_total_flops()
        value.backward()  # type: ignore[no-untyped-call]
    model.network.zero_grad(set_to_none=True)
    image = _image_flops(model, part) if isinstance(model, TwoTowers) else None
    chunk = min(stage.chunk or pairs, pairs)
    twice = forward if chunk < pairs else 0  # with gradient caching, each chunk goes forward twice
    return StepCost(
        image_flops=None if image is None else image * scale / pairs,
        step_flops=(step.get_total_flops() + twice) * scale,
        state_bytes=_state_bytes(model.network, stage.ema is not None),
        batch_bytes=round(sum(kept.values()) * scale * chunk / pairs) + batch.pixels.nbytes,
    )


def _middle_pairs(batch: Batch) -> Batch:
    """Return the two pairs whose images have as many tiles as most have."""
    order = np.argsort(batch.images.tiles_of_image, kind="stable")
    first = max(0, (len(order) - _PAIRS) // 2)
    rows = np.sort(order[first : first + _PAIRS])
    images = batch.images.batch(rows)
    return replace(
        batch,
        texts=batch.texts[rows],
        further=batch.further[rows],
        images=images,
        pixels=torch.from_numpy(images.tiles),
        tokens=batch.tokens[rows],
        meanings=batch.meanings[rows],
        pictures=batch.pictures[rows],
        truth=None if batch.truth is None else batch.truth[rows][:, rows],
    )


def _image_flops(model: TwoTowers, part: Batch) -> int:
    device = next(model.network.parameters()).device  # type: ignore[attr-defined]
    inputs = {name: value.to(device) for name, value in image_inputs(part.images, part.pixels).items()}
    with _every_product_counted(), FlopCounterMode(display=False) as counter:
        model.image_features(**inputs)
    return int(counter.get_total_flops())


@contextmanager
def _every_product_counted() -> Iterator[None]:
    """Keep attention from the one fused operation that is not counted, which a frozen tower would take."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


@contextmanager
def _kept_for_backward(network: nn.Module) -> Iterator[dict[int, int]]:
    """Yield the bytes of each storage that is kept for the backward, by its address; weights are there anyway."""
    weights = {tensor.untyped_storage().data_ptr() for tensor in network.state_dict().values()}
    kept: dict[int, int] = {}
    held: list[Tensor] = []  # so that no address is given twice

    def pack(tensor: Tensor) -> Any:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
            held.append(tensor)
        return tensor

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        yield kept


def _state_bytes(network: nn.Module, has_average: bool) -> int:
    weights = sum(tensor.nbytes for tensor in network.state_dict().values())
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    learning = sum((1 + has_average) * part.nbytes + _BYTES_OF_MOMENTS * part.numel() for part in trained)
    return int(weights + learning)

"""StageLoss: the objective of a stage, bound to the model that learns and to where that is done."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from sarvl.errors import ModelError
from sarvl.models.answering.answer_learning import LearningImageTextModel
from sarvl.models.protocols import Trainable, check_able
from sarvl.training.executor import Executor
from sarvl.training.objective import OBJECTIVES, Batch, CountsTokens, Objective, ReadsTexts, Tensors
from sarvl.training.recipe import Stage
from sarvl.training.weights.compiling import compiled
from sarvl.training.weights.gradient_cache import cached_gradient, parts_of_inputs


class StageLoss:
    """The loss of a stage: its objective with its options, in its precision, for one model.

    learner: the model whose network gets the gradient: the model itself where no other process holds a part of it.
    """

    def __init__(self, stage: Stage, model: Trainable, executor: Executor) -> None:
        self._objective = OBJECTIVES.get(stage.objective)
        self._options, self._precision = stage.options, stage.precision
        self._model, self._executor = model, executor
        self._chunk = stage.chunk
        self.tokens: int | None = None  # of the texts of the last batch, in this process
        self._whole = _Forward(self._objective, model, stage.options)
        self.learner = executor.learner(model)
        self._forward = executor.prepare(compiled(_Forward(self._objective, self.learner, stage.options), stage))

    def gradient(self, batch: Batch) -> tuple[Tensor, Tensors]:
        """Add the gradient of a batch to the parameters; returns the loss, the mean of all processes, and its parts."""
        if self._chunk and self._chunk < len(batch.texts):
            parts = self._cached_gradient(batch, self._chunk)
        else:
            loss, parts = self.of(batch)
            self._executor.backward(lambda: loss, self._forward, True)
        values = self._executor.mean(torch.stack([part.float() for part in parts.values()]))
        return values.sum(), dict(zip(parts, values, strict=True))

    def of(self, batch: Batch) -> tuple[Tensor, Tensors]:
        """Return the loss of a batch and its parts by name, all scalars."""
        inputs = self._inputs(batch)
        with self._autocast():
            outputs = self._forward(inputs)
        parts = self._loss(outputs, inputs)
        return torch.stack(list(parts.values())).sum(), parts

    def above_floor(self, batch: Batch) -> float:
        """Return how far the loss of a batch is above the least that it can be there, in this process alone."""
        inputs = self._inputs(batch)
        with self._autocast():
            outputs = self._whole(inputs)
        parts = self._objective.loss(outputs, inputs, _alone, self._options)
        floors = self._objective.floors(inputs, _alone, self._options)
        excess = sum(float(part) - float(floors.get(name, 0.0)) for name, part in parts.items())
        return 0.0 if floors and excess < 0 else excess  # below 0 by rounding alone; a NaN stays one

    def _cached_gradient(self, batch: Batch, chunk: int) -> Tensors:
        inputs = self._inputs(batch)

        def loss_of(outputs: Tensors) -> Tensors:
            return self._loss(outputs, inputs)

        def backward(loss: Callable[[], Tensor], is_last: bool) -> None:
            self._executor.backward(loss, self._forward, is_last)

        chunks = list(parts_of_inputs(inputs, batch.tiles_of_image, chunk))
        with self._autocast():
            return cached_gradient(chunks, self._forward, loss_of, backward)

    def _inputs(self, batch: Batch) -> Tensors:
        collated = self._objective.collate(self._model, batch, self._options)
        if isinstance(self._objective, CountsTokens):
            self.tokens = self._objective.tokens_of(collated)
        return {name: value.to(self._executor.device) for name, value in collated.items()}

    def _loss(self, outputs: Tensors, inputs: Tensors) -> Tensors:
        with torch.autocast(self._executor.device.type, enabled=False):
            return self._objective.loss(outputs, inputs, self._executor.gather, self._options)

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self._executor.device.type, torch.bfloat16, enabled=self._precision == "bfloat16")

    def after_step(self) -> None:
        """Do what the objective does after each step of the optimizer."""
        self._objective.after_step(self.learner, self._options)


def _alone(tensor: Tensor) -> Tensor:
    return tensor


class _Forward(nn.Module):
    """What goes through the network, as the one module that an executor wraps."""

    def __init__(self, objective: Objective[Any], model: Trainable, options: Any) -> None:
        super().__init__()
        self.network = model.network
        self._objective, self._model, self._options = objective, model, options

    def forward(self, inputs: Tensors) -> Tensors:
        return self._objective.forward(self._model, inputs, self._options)


def check_needs(stage: Stage, model: Trainable) -> None:
    """Raise ModelError where the model cannot do what the stage's objective needs."""
    objective, asker = OBJECTIVES.get(stage.objective), f"objective {stage.objective} of stage {stage.name}"
    check_able(model, objective.needs, asker, model.name, ModelError)
    if stage.batch_size < 2 and not isinstance(objective, ReadsTexts):
        raise ModelError(f"{asker}: compares the pairs of a batch; give a batch_size of 2 or more")
    if stage.chunk and isinstance(model, LearningImageTextModel):
        raise ModelError(
            f"stage {stage.name}: a batch that the processor of {model.name} has put together cannot be parted into "
            "chunks; leave `chunk` out, and give a smaller batch_size"
        )

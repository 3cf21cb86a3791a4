"""StageLoss: the objective of a stage, bound to the model that learns and to where that is done."""

from typing import Any

import torch
from torch import Tensor, nn

from sarvl.errors import ModelError
from sarvl.models.protocols import Trainable, able
from sarvl.training.executor import Executor
from sarvl.training.objective import OBJECTIVES, Batch, Objective, Tensors
from sarvl.training.recipe import Stage


class StageLoss:
    """The loss of a stage: its objective with its options, in its precision, for one model."""

    def __init__(self, stage: Stage, model: Trainable, executor: Executor) -> None:
        self._objective = OBJECTIVES.get(stage.objective)
        self._options, self._precision = stage.options, stage.precision
        self._model, self._executor = model, executor
        self._forward = executor.prepare(_Forward(self._objective, model, stage.options))

    def of(self, batch: Batch) -> tuple[Tensor, Tensors]:
        """Return the loss of a batch and its parts by name, all scalars."""
        parts, _ = self._parts(batch)
        return torch.stack(list(parts.values())).sum(), parts

    def above_floor(self, batch: Batch) -> float:
        """Return how far the loss of a batch is above the least that it can be there."""
        parts, inputs = self._parts(batch)
        floors = self._objective.floors(inputs, self._executor.gather, self._options)
        excess = sum(float(part) - float(floors.get(name, 0.0)) for name, part in parts.items())
        return 0.0 if floors and excess < 0 else excess  # below 0 by rounding alone; a NaN stays one

    def _parts(self, batch: Batch) -> tuple[Tensors, Tensors]:
        """Return the parts of the loss, and the inputs that they were made from."""
        device = self._executor.device
        collated = self._objective.collate(self._model, batch, self._options)
        inputs = {name: value.to(device) for name, value in collated.items()}
        with torch.autocast(device.type, torch.bfloat16, enabled=self._precision == "bfloat16"):
            outputs = self._forward(inputs)
        return self._objective.loss(outputs, inputs, self._executor.gather, self._options), inputs

    def after_step(self) -> None:
        """Do what the objective does after each step of the optimizer."""
        self._objective.after_step(self._model, self._options)


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
    needs = OBJECTIVES.get(stage.objective).needs
    able(model, needs, f"objective {stage.objective} of stage {stage.name}", model.name, ModelError)

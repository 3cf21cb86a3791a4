"""What a stage does to the network before its first step: what is added to it, frozen, and computed twice."""

from torch import nn

from sarvl.errors import ModelError
from sarvl.models.adapting.lora import TRAINED, add_lora
from sarvl.training.recipe import Stage
from sarvl.training.weights.freezing import apply_freeze
from sarvl.training.weights.optimizer import set_checkpointing


def prepare_network(network: nn.Module, stage: Stage, seed: int) -> None:
    """Add what the stage trains beside the weights, drawn from ``seed``, and freeze the rest.

    Raises ModelError where that cannot be done.
    """
    try:
        if stage.lora:
            add_lora(network, stage.lora.rank, stage.lora.alpha, stage.lora.towers, seed)
        apply_freeze(network, stage.freeze, TRAINED if stage.lora else ("*",))
    except ModelError as problem:
        raise ModelError(f"stage {stage.name}: {problem}") from problem
    set_checkpointing(network, stage)

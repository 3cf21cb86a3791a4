"""Freezing: which parameters a stage trains, and which batch norms go on measuring."""

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from sarvl.errors import ModelError
from sarvl.models.networks.towers import is_named, tower_of


def apply_freeze(network: nn.Module, freeze: tuple[str, ...], only: tuple[str, ...] = ("*",)) -> None:
    """Mark which parameters a stage trains: all of ``only`` but those of ``freeze``.

    Both hold towers (``image``, ``text``, ``scale``), and globs of parameters' names. Raises ModelError where one of
    ``freeze`` names nothing, or where nothing of either tower is left to train.
    """
    names = [name for name, _ in network.named_parameters()]
    for pattern in freeze:
        if not any(is_named(name, (pattern,)) for name in names):
            raise ModelError(f"freeze: {pattern} is no tower and no parameter, such as {names[-1]}; correct it")
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(is_named(name, only) and not is_named(name, freeze))
        parameter.grad = None  # that of an earlier stage would count when the norm is cut
    if not any(tower_of(name) != "scale" and parameter.requires_grad for name, parameter in network.named_parameters()):
        raise ModelError("both towers are frozen; leave something out of `freeze`")


def train_mode(network: nn.Module) -> None:
    """Put the network into training mode, but for what is frozen: dropout there would only be noise."""
    network.train()
    frozen: list[nn.Module] = []
    _collect_frozen(network, frozen)
    for part in [*frozen, *(norm for norm in batch_norms(network) if not is_trained(norm))]:
        part.eval()
    for part in frozen:
        part.training = _recomputes(part)


def _collect_frozen(part: nn.Module, frozen: list[nn.Module]) -> tuple[bool, bool]:
    """Add to ``frozen`` the parts that have parameters of which none is trained; say whether ``part`` has any, and is.

    Each part is looked at once: this is done at every step.
    """
    below = [_collect_frozen(child, frozen) for child in part.children()]
    own = [parameter.requires_grad for parameter in part.parameters(recurse=False)]
    has_any, is_any = bool(own) or any(has for has, _ in below), any(own) or any(trained for _, trained in below)
    if has_any and not is_any:
        frozen.append(part)
    return has_any, is_any


def _recomputes(part: nn.Module) -> bool:
    """Return whether a frozen part computes its activations again, which those of transformers do in training alone.

    It drops nothing out by itself; what is inside of it is not in training mode.
    """
    drops = any(value for name, value in vars(part).items() if "dropout" in name and isinstance(value, float))
    return bool(getattr(part, "gradient_checkpointing", False)) and not drops


def is_trained(module: nn.Module) -> bool:
    """Return whether anything in a module is trained."""
    return any(parameter.requires_grad for parameter in module.parameters())


def batch_norms(module: nn.Module) -> list[_BatchNorm]:
    """Return the batch norms in a module; their running statistics are frozen with their weights."""
    return [part for part in module.modules() if isinstance(part, _BatchNorm)]


def statistics_told(network: nn.Module, batch_size: int, processes: int, chunk: int | None) -> str | None:
    """Say of batch norms that are trained that their statistics are of less than a batch; None where they are not."""
    share = batch_size // processes
    pairs = min(share, chunk or share)
    if pairs == batch_size or not any(is_trained(norm) for norm in batch_norms(network)):
        return None
    whose = "a chunk" if pairs < share else "the part of a process"
    return f"batch normalisation has its statistics of {whose}, {pairs} of the {batch_size} pairs of a step"

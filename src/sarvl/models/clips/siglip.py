"""SigLip: a CLIP that judges each pair of image and text on its own, by a sigmoid."""

from dataclasses import dataclass

from torch import Tensor, nn

from sarvl.errors import ModelError
from sarvl.models.clips.clip import Clip


@dataclass
class SigLip(Clip):
    """A CLIP with a learnt bias on the scaled cosines: ``SigmoidTowers``, and ``Trainable`` (Zhai et al. 2023).

    network: an open_clip CLIP whose ``logit_bias`` is a parameter.
    """

    def cosine_bias(self) -> Tensor:
        """Return what is added to the scaled cosines, a scalar with its gradient."""
        bias: Tensor = self.network.logit_bias  # type: ignore[assignment]
        return bias.squeeze()


def of_squares(model: Clip) -> Clip:
    """Return the CLIP or SigLip of squares that a model is made on, with the same network."""
    contract = model.contract.model_copy(update={"frame": model.square})
    kind = SigLip if isinstance(model, SigLip) else Clip
    return kind(model.name, model.network, contract, model.config, model.tokenizer, history=model.history)


def with_bias(model: Clip, bias: float) -> SigLip:
    """Return a CLIP as a SigLip whose bias starts at ``bias``; -10 as in Zhai et al. 2023.

    The network is the same. Raises ModelError where it is a CoCa, or has a bias already.
    """
    if type(model) is not Clip:
        kind = type(model).__name__
        raise ModelError(f"{model.name}: is a {kind}, but only a Clip can be given a bias; leave logit_bias out")
    model.network.logit_bias = nn.Parameter(model.network.logit_scale.detach() * 0 + bias)  # type: ignore[operator]
    config = model.config | {"init_logit_bias": bias}
    return SigLip(model.name, model.network, model.contract, config, model.tokenizer, history=model.history)

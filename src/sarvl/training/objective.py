"""Objective: what a stage trains for, found by its name among our own and those that other packages register."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar, runtime_checkable

from sarvl.errors import ModelError
from sarvl.recipes import RecipeModel
from sarvl.registry import Registry

if TYPE_CHECKING:  # recipes ask this module for names, and are read without PyTorch
    from torch import Tensor

    from sarvl.imagery import PreparedImages
    from sarvl.language.statement import Kind
    from sarvl.training.corpora import Corpora
    from sarvl.training.text_columns import Indices

OptionsT = TypeVar("OptionsT", bound=RecipeModel)
Tensors: TypeAlias = "dict[str, Tensor]"
Gather: TypeAlias = "Callable[[Tensor], Tensor]"


@dataclass(frozen=True)
class Batch:
    """Images, each with one of its texts.

    images: the B images as they were prepared: where the tiles of each begin, and what these show. pixels: uint8
    (sum of T, C, S, S), their tiles as augmented; T is 1 for a contract of squares. tokens: int64 (B, context), of the
    texts. meanings: int64 (B,), equal where two texts of the stage say the same. corpora, texts: those of the
    stage, and the rows of their texts table (B,).
    """

    corpora: "Corpora"
    texts: "Indices"
    images: "PreparedImages"
    pixels: "Tensor"
    tokens: "Tensor"
    meanings: "Tensor"

    @property
    def tiles_of_image(self) -> "Tensor":
        """T of each image: int64 (B,)."""
        return self.tokens.new_tensor(self.images.tiles_of_image)


@runtime_checkable
class Objective(Protocol[OptionsT]):
    """What a stage trains for: from a batch to the named parts of a loss.

    needs: what a model must be, a protocol of ``sarvl.models.protocols``. kinds: the kinds of text that it learns from.
    options: model of ``Stage.options``.
    """

    needs: type
    kinds: "tuple[Kind, ...]"
    options: type[OptionsT]

    def collate(self, model: Any, batch: Batch, options: OptionsT) -> Tensors:
        """Return what ``forward`` and ``loss`` take of a batch, by name; it is brought to the model's device."""

    def forward(self, model: Any, inputs: Tensors, options: OptionsT) -> Tensors:
        """Return all that the loss needs of the network, by name, with gradients.

        Nothing else goes through the network, so that this is what an executor wraps. It runs in the stage's precision.
        """

    def loss(self, outputs: Tensors, inputs: Tensors, gather: Gather, options: OptionsT) -> Tensors:
        """Return the parts of the loss by name, each a scalar with its weight; the loss is their sum.

        gather: joins the tensors (B, ...) of all processes to one, with gradients.
        """

    def floors(self, _inputs: Tensors, _gather: Gather, _options: OptionsT) -> Tensors:
        """Return the least that parts of the loss can be on these inputs, by name; that of others is 0.

        It is taken off the loss that is logged of a validation split.
        """
        return {}

    def after_step(self, model: Any, options: OptionsT) -> None:
        """Bring parameters back to where they may be, after each step of the optimizer."""


OBJECTIVES: Registry[Objective[Any]] = Registry(
    kind="objective",
    package="sarvl.training.objectives",
    export="OBJECTIVE",
    entry_points="sarvl.objectives",
    value=Objective,
    error=ModelError,
)
"""What a stage can train for: one module each in ``training/objectives``, and entry points ``sarvl.objectives``."""

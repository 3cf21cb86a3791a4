"""Objective: what a stage trains for, found by its name among our own and those that other packages register."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar, runtime_checkable

from sarvl.errors import ModelError
from sarvl.recipes import RecipeModel
from sarvl.registry import Registry

if TYPE_CHECKING:  # recipes ask this module for names, and are read without PyTorch
    from collections.abc import Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray
    from torch import Tensor

    from sarvl.imagery import PreparedImages
    from sarvl.language.statement import Kind
    from sarvl.training.data.corpora import Corpora
    from sarvl.training.data.image_texts import ImageTexts
    from sarvl.training.data.text_columns import Indices

OptionsT = TypeVar("OptionsT", bound=RecipeModel)
Tensors: TypeAlias = "dict[str, Tensor]"
Gather: TypeAlias = "Callable[[Tensor], Tensor]"


@dataclass(frozen=True)
class Batch:
    """Images, each with one of its texts, or with several.

    images: the B images as they were prepared: where the tiles of each begin, and what these show. pixels: uint8
    (sum of T, C, S, S), their tiles as augmented; T is 1 for a contract of squares. tokens: int64 (B, context), of the
    texts; of no context where the objective reads texts itself. meanings: int64 (B,), equal where two texts of the
    stage say the same. pictures: int64 (B,), equal where two images are the same file to the byte: sampling may show
    one twice. corpora, texts: those of the stage, and the rows of their texts table (B,). further: the rows of
    further texts of each image (B, K - 1), -1 where it has no more. truth: bool (B, W), which of the texts of all
    processes, W, each image's annotation bears out; None where the objective does not ask.
    """

    corpora: "Corpora"
    texts: "Indices"
    further: "Indices"
    images: "PreparedImages"
    pixels: "Tensor"
    tokens: "Tensor"
    meanings: "Tensor"
    pictures: "Tensor"
    truth: "Tensor | None" = None

    @property
    def tiles_of_image(self) -> "Tensor":
        """T of each image: int64 (B,)."""
        return self.tokens.new_tensor(self.images.tiles_of_image)

    @property
    def texts_of_image(self) -> "list[list[int]]":
        """The rows of all texts of each image in the table of texts."""
        rows = zip(self.texts.tolist(), self.further.tolist(), strict=True)
        return [[first, *(row for row in more if row >= 0)] for first, more in rows]


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


@runtime_checkable
class ReadsTexts(Protocol):
    """What an objective has as well that reads the texts of a corpus itself, and not tokens that are kept of them."""

    def fits(self, model: Any, corpora: "Corpora", texts: "Indices", options: Any) -> "NDArray[np.bool_]":
        """Return for each of ``texts``, rows of their table, whether the model can take the whole of it."""

    def drawn(
        self, corpora: "Corpora", owned: "Sequence[Indices]", generator: "np.random.Generator", options: Any
    ) -> "Indices":
        """Return which texts of B images a batch has: (B, K), -1 where an image has fewer, never first.

        owned: of each image, the rows of its texts.
        """

    def readings(self, texts: "pa.Table", options: Any) -> "set[str]":
        """Return all that a model reads or writes of rows of a table of texts: what a vocabulary is learnt from."""


@runtime_checkable
class LeavesOut(Protocol):
    """What an objective has as well that may never draw some texts of an image, by its options."""

    def left_out(self, corpora: "Corpora", texts: "ImageTexts", options: Any) -> "NDArray[np.bool_]":
        """Return for each of ``texts.texts`` whether no batch has it: (C,)."""


@runtime_checkable
class CountsTokens(Protocol):
    """What an objective has as well that tells how much of texts a step had."""

    def tokens_of(self, inputs: Tensors) -> int:
        """Return how many tokens of texts what ``collate`` gave has, padding apart."""


OBJECTIVES: Registry[Objective[Any]] = Registry(
    kind="objective",
    package="sarvl.training.objectives",
    export="OBJECTIVE",
    entry_points="sarvl.objectives",
    value=Objective,
    error=ModelError,
)
"""What a stage can train for: one module each in ``training/objectives``, and entry points ``sarvl.objectives``."""

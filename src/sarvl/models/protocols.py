"""What a model can do, one runtime-checkable protocol an ability: a task or a command names those that it needs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar, Unpack, get_args, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sarvl.errors import SarvlError
from sarvl.imagery import ImageBatches, InputContract, PreparedImages
from sarvl.models.answering.answer_space import AnswerSpace
from sarvl.models.answering.box_words import Box, BoxStyle
from sarvl.models.answering.sureness import Choice
from sarvl.models.decoding_settings import Decoding
from sarvl.models.history import StageEntry
from sarvl.models.networks.image_inputs import TilePlaces
from sarvl.models.vocabulary import Vocabulary
from sarvl.text_embedder import TextEmbedder

if TYPE_CHECKING:
    from sarvl.models.networks.feature_tower import FeatureTower

Ability = TypeVar("Ability")
Features = NDArray[np.float32]

__all__ = [
    "AnswerLearner",
    "AnswerSpace",
    "Answerer",
    "Box",
    "CaptionLearner",
    "Captioner",
    "Choice",
    "Decoding",
    "Embedder",
    "FeatureMaps",
    "Features",
    "Generated",
    "ImageEmbedder",
    "Points",
    "SigmoidTowers",
    "TextEmbedder",
    "TileEmbedder",
    "TokenReader",
    "Trainable",
    "TwoTowers",
    "VocabularyLearner",
    "able",
    "check_able",
]

_IN_WORDS = {"Captioner": "a model that writes captions, such as a CoCa"}


def able(model: object, ability: type[Ability], asker: str, name: str, error: type[SarvlError]) -> Ability:
    """Return ``model`` as what has an ability; where it lacks it, raise ``error`` in one line.

    asker: what needs the ability, such as ``task retrieval``. name: what the model is called.
    """
    check_able(model, ability, asker, name, error)
    return model  # type: ignore[return-value]


def check_able(model: object, ability: type | UnionType, asker: str, name: str, error: type[SarvlError]) -> None:
    """Raise ``error`` where a model lacks an ability, or each of several; arguments as of ``able``."""
    if isinstance(model, ability):
        return
    abilities = get_args(ability) or (ability,)
    needed = " or ".join(_with_article(one) for one in abilities)
    others = " or ".join(_IN_WORDS[one.__name__] for one in abilities if one.__name__ in _IN_WORDS) or "another model"
    raise error(f"{name}: is {_with_article(type(model))}, but {asker} needs {needed}; choose {others}")


def _with_article(kind: type) -> str:
    return f"{'an' if kind.__name__[0] in 'AEIO' else 'a'} {kind.__name__}"


@runtime_checkable
class ImageEmbedder(Protocol):
    """Makes one vector an image."""

    def encode_images(self, images: ImageBatches) -> Features:
        """Return unit features of N images, float32 (N, D)."""


@runtime_checkable
class Embedder(ImageEmbedder, TextEmbedder, Protocol):
    """Makes vectors of images and of texts in one space, where their cosine tells how well they fit."""

    @property
    def logit_scale(self) -> float:
        """The factor on cosines before a softmax over texts or images."""

    @property
    def logit_bias(self) -> float | None:
        """What is added to the scaled cosines where the sigmoid of each is a probability; None where a softmax is."""


@runtime_checkable
class TileEmbedder(Protocol):
    """Makes one vector a tile, for what asks where in an image something is."""

    def encode_tiles(self, images: ImageBatches) -> Features:
        """Return unit features of all tiles of N images, float32 (sum of T, D), in the order of ``images.batch``."""


@runtime_checkable
class FeatureMaps(Protocol):
    """Has an image tower that says what lies where: what a detector is trained on."""

    network: nn.Module
    contract: InputContract

    def feature_tower(self, side: int) -> "FeatureTower":
        """Return a copy of the tower that gives maps of images of ``side`` pixels.

        It knows strides and channels, and which other sizes it ``takes``.
        Raises ModelError where the tower gives none, or takes no image of that size.
        """

    def normalise(self, pixels: Tensor) -> Tensor:
        """Turn bytes (B, C, S, S) of the contract's bands into what the tower takes."""


@dataclass(frozen=True, slots=True)
class Generated:
    """A text that a model wrote.

    log_probability: the sum over its tokens, natural logarithm. boxes: (xmin, ymin, xmax, ymax) in pixels of the
    image, of what the text points at. probability: among all answers of its space, calibrated where the model is; None
    of a free text. choices: what that is made from (``sureness``). mean_probability: the geometric mean over these
    choices, of a free text over its tokens; None where it is not known.
    """

    text: str
    log_probability: float
    boxes: tuple[Box, ...] = ()
    probability: float | None = None
    choices: tuple[Choice, ...] = field(default=(), repr=False, compare=False)
    mean_probability: float | None = field(default=None, compare=False)


@runtime_checkable
class Captioner(Protocol):
    """Writes a caption of an image."""

    def caption(self, images: ImageBatches, decoding: Decoding) -> list[Generated]:
        """Return one caption an image."""


@runtime_checkable
class Answerer(Protocol):
    """Answers a question about an image."""

    def answer(
        self,
        images: ImageBatches,
        questions: Sequence[str],
        decoding: Decoding,
        spaces: Sequence[AnswerSpace] | None = None,
    ) -> list[Generated]:
        """Return one answer an image; ``questions`` has one question for each.

        spaces: what each answer may be; where they are given, each answer is one of its space, with its probability
        among these. None for free texts.
        """


@runtime_checkable
class Points(Protocol):
    """Can say with boxes what its answers rest on: an ``Answerer`` that takes the space ``Boxes``."""

    @property
    def box_style(self) -> BoxStyle | None:
        """How it writes boxes; None where it is not known to."""


@runtime_checkable
class Trainable(Protocol):
    """Can go through a stage of training, whatever its objective: a ``Model`` with what a stage asks of it."""

    name: str
    network: nn.Module
    contract: InputContract
    history: list[StageEntry]
    kind: ClassVar[str]

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""

    def normalise(self, pixels: Tensor) -> Tensor:
        """Turn bytes (B, C, S, S) of the input contract into what the image tower takes."""

    def write_files(self, folder: Path) -> None:
        """Write the files of a checkpoint from which the network can be loaded."""


@runtime_checkable
class TokenReader(Protocol):
    """Reads texts as rows of token ids of one length."""

    @property
    def tokenizer(self) -> Callable[..., Tensor]:
        """Makes token ids (T, context), int64, of T texts, cut to the context."""

    def too_long(self, texts: Sequence[str], tokens: Tensor) -> list[int]:
        """Return which of ``texts`` were cut to make ``tokens`` (T, context)."""


@runtime_checkable
class TwoTowers(Embedder, Protocol):
    """An ``Embedder`` that can learn: what its towers and the factor on cosines give, with their gradients."""

    def image_features(self, pixels: Tensor, **shown: Unpack[TilePlaces]) -> Tensor:
        """Return the features (B, D), not normalised, of B images; pixels: bytes (sum of T, C, S, S) of their tiles."""

    def without_padding(self, tokens: Tensor) -> Tensor:
        """Cut token ids (B, context) to the longest text where that changes no feature."""

    def text_features(self, tokens: Tensor) -> Tensor:
        """Return the features (B, D), not normalised, of token ids (B, L)."""

    def cosine_factor(self) -> Tensor:
        """Return the factor on cosines before the softmax, a scalar."""

    def limit_cosine_factor(self, most: float) -> None:
        """Bring the factor into 1 to ``exp(most)``."""


@runtime_checkable
class VocabularyLearner(Protocol):
    """Writes with pieces of words that are learnt from the texts of its first training."""

    @property
    def vocabulary(self) -> Vocabulary:
        """What it writes with: bytes before anything was learnt."""

    def take_vocabulary(self, vocabulary: Vocabulary) -> None:
        """Write with another vocabulary from now on: the weights that belong to its pieces are drawn anew."""


@runtime_checkable
class AnswerLearner(Protocol):
    """Can learn to answer: what it would write behind questions about images, with the gradient of that."""

    @property
    def room(self) -> int:
        """The most tokens that a pair of what is asked and what is answered may take."""

    def tokens_of_pairs(self, pairs: Sequence[tuple[str, str]]) -> list[int]:
        """Return how many tokens each pair takes."""

    def answer_inputs(
        self, images: PreparedImages, pixels: Tensor, pairs: Sequence[Sequence[tuple[str, str]]]
    ) -> dict[str, Tensor]:
        """Return what ``answer_logits`` takes of B images and the pairs about each, by name.

        pixels: the tiles of the images, augmented or not. Among what is returned are ``answers`` (B, A), the ids of all
        tokens that are to be written in a row, -100 where there is none, and ``pair_of_answer`` (B, A), the number of
        the pair that each is of, counted over all images, -1 where there is none.
        """

    def answer_logits(self, inputs: dict[str, Tensor]) -> Tensor:
        """Return the logits (B, A, V) from which each token of ``answers`` is to be written."""


@runtime_checkable
class SigmoidTowers(TwoTowers, Protocol):
    """A ``TwoTowers`` that judges each pair on its own: a SigLIP."""

    def cosine_bias(self) -> Tensor:
        """Return what is added to the scaled cosines, a scalar with its gradient."""


@runtime_checkable
class CaptionLearner(TwoTowers, Protocol):
    """A ``TwoTowers`` that can also learn to write: what both towers and the decoder give, computed together."""

    @property
    def padding(self) -> int:
        """The token id that is no part of a text that the decoder writes."""

    def written(self, tokens: Tensor) -> Tensor:
        """Return what the decoder is to write (B, W): start, text, end and padding, of ids of ``tokenizer`` (B, L)."""

    def features_and_logits(self, pixels: Tensor, tokens: Tensor, is_text: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the features of images and texts (B, D), not normalised, and the logits of each next token.

        pixels: bytes (B, C, S, S). tokens: ids (B, L) of ``tokenizer``. is_text: (B, L'), whether what is ``written``
        at i + 1 is text. The logits are (K, V), of the K places that are, row by row.
        """

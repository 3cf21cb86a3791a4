"""What a recipe says of the decoder of a sarvl-gpt; no PyTorch, so that a recipe is read quickly."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sarvl.recipes import RecipeModel, RecipePath

MOST_WEIGHTS = 10_000_000
"""Of a small decoder, its vocabulary included: it is to be kept in a package."""
Count = Annotated[int, Field(strict=True, ge=1, le=4096)]


class _Decoder(RecipeModel):
    """What is said of a decoder, whichever it is."""

    blind: bool = False
    """Whether every image is black to it: a twin that tells how much a model owes to its images."""


class SmallLanguage(_Decoder):
    """A decoder of ours, trained from nothing, which writes in pieces of words learnt from the corpora."""

    kind: Literal["small"] = "small"
    """``small``."""
    width: Count = 256
    """Of the stream, a multiple of twice the heads."""
    layers: Annotated[int, Field(strict=True, ge=1, le=100)] = 6
    """Of attention, each with its perceptron."""
    heads: Count = 8
    """Of each attention; they part the width."""
    context: Annotated[int, Field(strict=True, ge=64, le=65536)] = 2048
    """The most tokens of an image, a question and its answer."""

    @model_validator(mode="after")
    def _parted(self) -> "SmallLanguage":
        if self.width % (2 * self.heads):
            raise ValueError(
                f"{self.heads} heads cannot part a width of {self.width} evenly; give a multiple of twice as many"
            )
        return self


class TransformersLanguage(_Decoder):
    """A causal language model of transformers: `pip install 'sarvl[transformers]'`; `sarvl[gguf]` for a GGUF file."""

    kind: Literal["transformers"] = "transformers"
    """``transformers``."""
    model: RecipePath
    """A folder with its configuration, weights and tokenizer, or a GGUF file."""


Language = Annotated[SmallLanguage | TransformersLanguage, Field(discriminator="kind")]

"""How an AnyReader reads tiles, as a recipe and sarvl.json say it; no PyTorch, so that a recipe is read quickly."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _ReaderOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class AttentionReader(_ReaderOptions):
    """A learned query attends over the vectors of the tiles; untrained, it adds nothing to the thumbnail."""

    kind: Literal["attention"] = "attention"
    """Tells this from the others."""
    heads: int = Field(default=8, ge=1, le=256)
    """Heads of the attention; the width of the features is a multiple of it."""


class MeanReader(_ReaderOptions):
    """Nothing to train: the thumbnail's vector and the mean of the tiles', each of length 1, in a fixed proportion."""

    kind: Literal["mean"] = "mean"
    """Tells this from the others."""
    thumbnail_weight: float = Field(default=0.5, ge=0, le=1)
    """Share of the thumbnail; 0 is the mean of the tiles alone, 1 the thumbnail alone."""


Reader = Annotated[AttentionReader | MeanReader, Field(discriminator="kind")]

"""Decoding: how a text is generated; no PyTorch, so that settings are checked before it is imported."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import ConfigDict

NOTHING_SURE = "An image."
"""What is said of an image where drafts agree on no claim: nothing."""


@dataclass(frozen=True, slots=True)
class Decoding:
    """How a text is generated. Raises ValueError where the settings do not fit each other."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(use_attribute_docstrings=True, extra="forbid")

    most_tokens: int = 77
    """Where a text is cut; its start and end count."""
    least_tokens: int = 1
    """How many tokens stand before its end at least; the start counts."""
    beams: int = 1
    """How many texts are followed at once; 1 takes the likeliest token each time."""
    groups: int = 1
    """Groups of the beams, each with a search of its own."""
    diversity: float = 0.0
    """What a token loses for each beam of an earlier group that takes it at the same place (Vijayakumar 2018)."""
    length_penalty: float = 1.0
    """A text's sum is divided by its length to this power."""
    sums: Literal["log_probabilities", "logits"] = "log_probabilities"
    """What beams add up; ``logits`` is what open_clip's ``generate`` does, and so what SARVLM decoded with."""
    temperature: float = 0.0
    """Above 0, tokens are drawn, at this temperature."""
    top_p: float = 1.0
    """Tokens are drawn only from the likeliest that make up this probability (nucleus, Holtzman 2020)."""
    seed: int = 0
    """Of what is drawn."""
    drafts: int = 1
    """How many captions are drawn of an image; of several, the one that the others bear out is kept."""
    sure: float = 0.75
    """The share of the drafts that must bear a claim out, of those that speak of it; else it is left unsaid."""

    def __post_init__(self) -> None:
        """Refuse what cannot be decoded with."""
        if self.beams < 1 or self.groups < 1 or self.beams % self.groups:
            raise ValueError(f"{self.beams} beams cannot be parted into {self.groups} groups; give a multiple")
        if self.temperature < 0 or not 0 < self.top_p <= 1:
            raise ValueError("temperature must be 0 or more, and top_p above 0 and at most 1")
        if self.temperature and self.beams > 1:
            raise ValueError("tokens are either drawn or followed by beams; give a temperature of 0, or one beam")
        if self.drafts < 1 or (self.drafts > 1 and not self.temperature):
            raise ValueError("drafts must be 1, or more that are drawn: give a temperature above 0, such as 1.0")
        if not 0 < self.sure <= 1:
            raise ValueError("sure is a share; give one above 0 and at most 1")
        if self.most_tokens < 3:
            raise ValueError("most_tokens must be 3 or more: a start, a token and an end")

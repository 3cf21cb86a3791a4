"""Export: one form that a corpus can be written in, found by its name among our own and those of other packages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from sarvl.errors import CorpusError
from sarvl.registry import Registry

if TYPE_CHECKING:
    from sarvl.corpus.export.job import ExportJob

Option = Literal["shard_size", "conversation", "prompts", "choices", "boxes"]
"""What only some forms heed."""
BoxForm = Literal["xywh", "xyxy", "xyxy/1000", "qwen2-vl", "qwen2.5-vl", "llava", "llava-padded", "paligemma"]
"""How boxes are written: as corpora have them, as corners in pixels or parts of 1000, or as a kind of model does."""
OF_CONVERSATIONS: tuple[Option, ...] = ("conversation", "prompts", "choices", "boxes")
"""What forms of conversations heed."""


def _no_head(_: "ExportJob") -> str:
    return ""


class ReadBack(NamedTuple):
    """How a source of a build recipe reads an export: the format, and the paths of annotations and images in it.

    ``{split}`` in a path stands for a split, as the form writes its name.
    """

    format: str
    annotations: str
    images: str = "."


@dataclass(frozen=True)
class Export:
    """A form of export.

    write: writes all splits of a job into its folder. usage: how to read what was written, in Markdown.
    per_image: captions an image by default, None for all. takes_questions: whether it has a place for questions.
    needs_caption: whether an image that has questions only is left out. options: those that it heeds, of
    those that only some forms do. front_matter: the head of its README. read_back: how sarvl reads it again; None where
    no format does, and ``not_read`` says why.
    """

    write: "Callable[[ExportJob], None]"
    usage: "Callable[[ExportJob], str]"
    per_image: int | None = None
    takes_questions: bool = False
    needs_caption: bool = True
    options: tuple[Option, ...] = ()
    front_matter: "Callable[[ExportJob], str]" = _no_head
    read_back: ReadBack | None = None
    not_read: str = ""


EXPORTS: Registry[Export] = Registry(
    "export", "sarvl.corpus.export.targets", "EXPORT", "sarvl.exports", Export, CorpusError, hyphens=True
)
"""What a corpus can be exported to: one module each in ``corpus/export/targets``; entry points ``sarvl.exports``."""

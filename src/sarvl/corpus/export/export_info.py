"""ExportInfo: what export.json says of an export."""

from typing import Literal, NamedTuple

from pydantic import NonNegativeInt, PositiveInt

from sarvl.corpus.export.form import BoxForm
from sarvl.corpus.export.picture import ImageFormat, Treatment
from sarvl.documents import Document

MANIFEST = "export.json"


Conversation = Literal["question", "image"]
Prompts = Literal["plain", "sarlang"]
Choices = Literal["text", "letter"]


class Wording(NamedTuple):
    """How conversations are worded.

    prompts: ``plain``, a question as it is and four prompts for captions; ``sarlang``, both as SARLANG-1M puts them.
    choices: what answers a question with choices. boxes: how they are written.
    """

    prompts: Prompts = "plain"
    choices: Choices = "text"
    boxes: BoxForm = "xywh"


class ExportOptions(Document):
    """How an export was asked for."""

    per_image: PositiveInt | Literal["all"]
    """Captions an image."""
    image_format: ImageFormat
    """The format of pictures."""
    shard_size: PositiveInt | None
    """Entries a shard; none where the form has no shards."""
    conversation: Conversation | None
    """What makes a conversation; none where the form has none."""
    prompts: Prompts | None = None
    """What questions and captions are put as; none where the form has no conversations, or did not say so yet."""
    choices: Choices | None = None
    """What answers a question with choices; none likewise."""
    boxes: BoxForm | None = None
    """How boxes are written; none likewise."""


class ExportedSplit(Document):
    """How much of a split was written."""

    images: NonNegativeInt
    """Images."""
    captions: NonNegativeInt
    """Captions that were drawn."""
    questions: NonNegativeInt
    """Questions that the form was given."""
    more: dict[str, NonNegativeInt]
    """What else the form counts, such as shards."""

    def figures(self) -> dict[str, int]:
        """Return all counts by name."""
        return {"images": self.images, "captions": self.captions, "questions": self.questions, **self.more}


class ExportInfo(Document):
    """All of export.json."""

    format_version: Literal[2] = 2
    """Version of this file."""
    target: str
    """The form, as ``--to`` names it."""
    sarvl_version: str
    """What wrote it."""
    corpus_digest: str
    """Digest of the corpus."""
    options: ExportOptions
    """How it was asked for."""
    splits: dict[str, ExportedSplit]
    """How much of each split was written."""
    pictures: dict[Treatment, PositiveInt]
    """Pictures by what was done with them: ``kept``, ``converted`` or ``rendered``."""
    images_left_out: NonNegativeInt
    """Images of these splits that have no text for the form."""
    entries: tuple[str, ...]
    """Names of what lies in the folder: what a later export may replace."""

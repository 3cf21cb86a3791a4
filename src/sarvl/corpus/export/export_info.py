"""ExportInfo: what export.json says of an export."""

from typing import Literal

from pydantic import NonNegativeInt, PositiveInt

from sarvl.corpus.export.picture import ImageFormat, Treatment
from sarvl.documents import Document

MANIFEST = "export.json"


Conversation = Literal["question", "image"]


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

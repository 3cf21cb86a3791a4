"""ExportInfo: what export.json says of an export."""

from typing import Literal

from sarvl.documents import Document

MANIFEST = "export.json"


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
    options: dict[str, int | str]
    """Captions an image (``all`` or so many), the format of pictures, and what else the form heeds."""
    splits: dict[str, dict[str, int]]
    """For each split: images, captions, questions, and what else the form counts."""
    pictures: dict[str, int]
    """Pictures by what was done with them: ``kept``, ``converted`` or ``rendered``."""
    images_left_out: int
    """Images of these splits that have no text for the form."""
    entries: tuple[str, ...]
    """Names of what lies in the folder: what a later export may replace."""

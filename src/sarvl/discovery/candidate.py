"""Candidate: a way to read a folder, before it was tried."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Candidate:
    """A format, and what it would read.

    annotations: file or folder; None for a format that takes none. images: the folder of the images where only that one
    can be meant; None where it is looked for. options: those that the format needs and that are known. to_fill: options
    that only the user can tell, with what is known of them; tried: what takes their place in a trial. split: that which
    the name of the annotations tells.
    """

    format: str
    annotations: Path | None = None
    images: Path | None = None
    options: dict[str, Any] = field(default_factory=dict)
    to_fill: dict[str, str] = field(default_factory=dict)
    tried: dict[str, Any] = field(default_factory=dict)
    split: str | None = None

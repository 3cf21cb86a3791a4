"""Written: what a model wrote of an image file, whoever asked it and how; and Writer, what asks."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from sarvl.inference.located_image import FileToRead, Refusal


class Written(NamedTuple):
    """A caption of an image file. drawn: what the model wrote when it drew its tokens, beside the caption."""

    path: Path
    text: str
    drawn: tuple[str, ...] = ()
    log_probability: float | None = None


class Writer(Protocol):
    """Writes captions of image files."""

    @property
    def producer(self) -> str:
        """Who that is: ``model:<id>``."""

    def batches(self, files: Sequence[FileToRead]) -> Iterator[list[Written | Refusal]]:
        """Yield what was written of each file, in order, a batch at a time; a Refusal where there is nothing."""

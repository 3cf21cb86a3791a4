"""Jobs: which images are to be captioned, how each is read, and what is known of it."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sarvl.annotations import AnnotatedImage
from sarvl.corpus import Corpus
from sarvl.corpus.corpus_info import FILE as CORPUS_FILE
from sarvl.files import FilePath
from sarvl.imagery import Reading
from sarvl.inference.image_list import image_list


class Job(NamedTuple):
    """An image to caption: how its file is read, and, of an image of a corpus, what that knows of it.

    annotation: None where nothing is annotated that a caption could be held to.
    """

    path: Path
    reading: Reading
    annotation: AnnotatedImage | None = None
    split: str | None = None
    domain: str | None = None
    licence: str = "not stated"

    def in_split(self, split: str) -> "Job":
        """Return the same job by its whole path, in ``split`` where it is in none."""
        return self._replace(path=self.path.absolute(), split=self.split or split)


def jobs_of(images: Sequence[FilePath] | FilePath, reading: Reading) -> list[Job]:
    """Return the images that are meant: those of a corpus, whose folder is given alone, or files, read by ``reading``.

    Raises ImageError where a path stands for nothing, and CorpusError for a torn corpus.
    """
    given = [Path(images)] if isinstance(images, str | os.PathLike) else [Path(image) for image in images]
    if len(given) != 1 or not (given[0] / CORPUS_FILE).is_file():
        return [Job(path, reading) for path in image_list(given)]
    corpus = Corpus.open(given[0])
    return [
        Job(path, own_reading, _annotated(image.annotation), image.split, image.domain, image.licence)
        for path, own_reading, image in zip(
            corpus.paths, corpus.readings, map(corpus.image, range(len(corpus.images))), strict=True
        )
    ]


def _annotated(annotation: AnnotatedImage) -> AnnotatedImage | None:
    return annotation if annotation.labelled_classes or annotation.objects else None

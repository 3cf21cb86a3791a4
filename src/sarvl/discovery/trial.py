"""Trying a candidate: the folder of its images is found, and everything is read once, as a build would."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sarvl.annotations import AnnotatedImage, Record, Source
from sarvl.annotations.format import FORMATS
from sarvl.annotations.image_files import ImageFiles
from sarvl.annotations.source_reader import SourceImages, input_of, read_source
from sarvl.discovery.candidate import Candidate
from sarvl.discovery.folder import LookedAt
from sarvl.errors import SarvlError

_RECORDS_TRIED = 200
_NOT_THIS_FORMAT = (SarvlError, ValidationError, ValueError, LookupError, TypeError, OSError)
"""What a reader may raise of a file that is not its own; plug-ins may be less careful than ours."""


@dataclass(frozen=True)
class Trial:
    """A candidate that read at least one image. images: the folder that they lie in."""

    candidate: Candidate
    images: Path
    read: SourceImages

    @property
    def files(self) -> frozenset[Path]:
        """The image files that it says something of."""
        return frozenset(image.path for image in self.read.images)

    @property
    def kept(self) -> tuple[AnnotatedImage, ...]:
        """The images that were read."""
        return self.read.images

    def reasons(self) -> Counter[str]:
        """Return how often what was refused, by unit and reason."""
        return Counter(f"{reject.unit}: {reject.reason}" for reject in self.read.rejects)


def tried(candidate: Candidate, looked: LookedAt) -> Trial | None:
    """Return what a candidate reads; None where that is no image."""
    places = [candidate.images] if candidate.images else looked.image_folders
    fitting = {place: _fitting(candidate, place) for place in places}
    best = max(fitting, key=fitting.__getitem__)
    if fitting[best][0] == 0:
        return None
    try:
        read = read_source(_source(candidate, best))
    except _NOT_THIS_FORMAT:
        return None
    return Trial(candidate, best, read) if read.images else None


def _source(candidate: Candidate, images: Path) -> Source:
    options: dict[str, Any] = {**candidate.options, **candidate.tried}
    fields = {"name": "tried", "format": candidate.format, "images": images, "split": "train", "options": options}
    if candidate.annotations:
        fields["annotations"] = candidate.annotations
    return Source.model_validate(fields, context={"folder": Path.cwd()})


def _fitting(candidate: Candidate, images: Path) -> tuple[int, int]:
    """Return how many of the first records are of an image in a folder, and how few other images are there."""
    if candidate.images:
        return 1, 0
    try:
        given = input_of(_source(candidate, images))
        there = 0
        for number, record in enumerate(FORMATS.get(candidate.format).read(given)):
            if there and number > _RECORDS_TRIED:
                break
            there += isinstance(record, Record) and _is_there(record.names, given.files)
    except _NOT_THIS_FORMAT:
        return 0, 0
    return there, -len(given.files.all())


def _is_there(names: tuple[str, ...], files: ImageFiles) -> bool:
    try:
        files.find(names)
    except LookupError:
        return False
    return True

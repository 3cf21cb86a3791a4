"""Listing the images of a set that has no annotation file of its own, and the class that a path names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sarvl.annotations.annotated_image import Reject
from sarvl.annotations.folder_files import FolderFiles, glob_pattern
from sarvl.annotations.image_files import IMAGE_ENDINGS, is_image_name
from sarvl.annotations.parsing.plain_text import composed, escaped, plain_text
from sarvl.errors import AnnotationError


@dataclass(frozen=True)
class ImageListing:
    """The images below one folder that a source includes.

    below: the files of the folder of the images. source: its name, for rejects and messages. include: glob below it.
    label_pattern: regular expression whose part ``label`` finds the class in a relative path; where it is None, the
    class is the name of the file's folder.
    """

    below: FolderFiles
    source: str
    include: str
    label_pattern: str | None

    @property
    def folder(self) -> Path:
        """The folder of the images."""
        return self.below.folder

    def images(self) -> Iterator[str | Reject]:
        """Yield each image file that matches ``include``, as a relative path with ``/``, sorted.

        A file that matches but is no image is a Reject. Raises AnnotationError where no image is found.
        """
        files = self.files()
        if not any(is_image_name(file) for file in files):
            raise AnnotationError(f"{self.folder}: no image matches `include: {self.include}` of source {self.source}")
        for file in files:
            if plain_text(file) is None:
                yield Reject(self.source, "image", escaped(file), "its name is not UTF-8", "rename it")
            elif not is_image_name(file):
                advice = f"remove it, or rename it to one of {' '.join(sorted(IMAGE_ENDINGS))}"
                yield Reject(self.source, "image", file, "not a known image ending", advice)
            else:
                yield file

    def files(self) -> list[str]:
        """Return the relative paths of all files that match ``include``, sorted.

        Raises AnnotationError where ``include`` is no glob.
        """
        try:
            pattern = glob_pattern(self.include)
        except (ValueError, re.error) as problem:
            raise AnnotationError(f"source {self.source}: include {self.include!r} is no relative glob") from problem
        return sorted(file for file in self.below.files if pattern.fullmatch(file))

    def label_of(self, file: str) -> str | Reject:
        """Return the class of a relative path, or a Reject where it names none."""
        if self.label_pattern is None:
            label = PurePosixPath(file).parent.name
        else:
            match = re.search(self.label_pattern, file)
            label = (match["label"] or "") if match else ""
        if label:
            return label
        where = "label_pattern" if self.label_pattern else "a class folder"
        advice = "move it, or correct the pattern"
        return Reject(self.source, "image", file, f"no class: {where} does not give one", advice)


def without_ending(file: str) -> str:
    """Return a relative path without the ending of its name, its accents composed, to compare it with others.

    ``2S1/HB19377.000.jpeg`` is ``2S1/HB19377.000``.
    """
    return composed(file.removesuffix(PurePosixPath(file).suffix))

"""Images that have a class: what the tasks of classification measure, and how a list of classes is chosen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sarvl.corpus import Corpus
from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluated import SplitImages
from sarvl.recipes import RecipeModel


class ClassSettings(RecipeModel):
    """What can be set of every task of classification."""

    classes: tuple[str, ...] = ()
    """Only these classes, as the corpus names them; all that a source has where none is named."""
    files: dict[str, str] = Field(default={})
    """Pattern of the file names of a class, such as `{T72 tank: "*.015"}`: its other images are left out. A pattern
    with `/` is of the whole path in the source's folder; an extension, as of `HB03787.015.jpeg`, does no harm."""


@dataclass(frozen=True)
class ClassifiedImages:
    """The images of a source that have a class. indices: theirs in the split ``(n,)``. labels: ``(n,)``, of classes."""

    source: str
    classes: list[str]
    indices: NDArray[np.int64]
    labels: NDArray[np.int64]


def classified_images(images: SplitImages, settings: ClassSettings | None = None) -> list[ClassifiedImages]:
    """Return, for each source that has at least two classes, its images that have one.

    An image's class is its label, else the class that all its objects share; images of several classes have none.
    The classes are those of all splits, so that a small split is no easier. ``settings`` may choose some of them, and
    some of their files. Raises EvaluationError for a class that no source has, and where there is nothing to measure.
    """
    settings = settings or ClassSettings()
    sources, class_of = images.corpus.column("source"), _classes_of_images(images.corpus)
    check_class_names((*settings.classes, *settings.files), {*class_of} - {""}, images.corpus)
    per_source = []
    for source in dict.fromkeys(sources[row] for row in images.rows):
        there = {class_of[row] for row, name in enumerate(sources) if name == source} - {""}
        classes = sorted(there & set(settings.classes) if settings.classes else there)
        indices = _indices_of(images, source, class_of, classes, settings)
        if len(classes) > 1 and len(indices):
            labels = np.array([classes.index(class_of[images.rows[index]]) for index in indices], np.int64)
            per_source.append(ClassifiedImages(source, classes, indices, labels))
    if not per_source:
        chosen = " of those chosen" if settings.classes or settings.files else ""
        raise EvaluationError(
            f"{images.corpus.folder}: no source of split {images.split} has two image classes{chosen}"
        )
    _check_patterns(images, per_source, settings)
    return per_source


def _indices_of(
    images: SplitImages, source: str, class_of: Sequence[str], classes: Sequence[str], settings: ClassSettings
) -> NDArray[np.int64]:
    """Return the positions of the images of a source whose class is one of ``classes``, and whose file is of it."""
    files = images.corpus.column("file")
    indices = []
    for index in images.of_source(source).tolist():
        row = images.rows[index]
        pattern = settings.files.get(class_of[row])
        if class_of[row] in classes and (pattern is None or _is_of(files[row], pattern)):
            indices.append(index)
    return np.array(indices, np.int64)


def _is_of(file: str, pattern: str) -> bool:
    """Return whether a file is of a pattern, with or without its last extension."""
    path = PurePosixPath(file)
    whole, bare = (file, str(path.with_suffix(""))) if "/" in pattern else (path.name, path.stem)
    return fnmatchcase(whole, pattern) or fnmatchcase(bare, pattern)


def check_class_names(names: Iterable[str], there: set[str], corpus: Corpus) -> None:
    """Raise EvaluationError for the first name that is no class of those ``there``, with what may have been meant."""
    for name in names:
        if name not in there:
            near = get_close_matches(name, there, n=1)
            meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(there))}"
            raise EvaluationError(f"{corpus.folder}: no image of class {name!r}; {meant}")


def _check_patterns(images: SplitImages, per_source: Sequence[ClassifiedImages], settings: ClassSettings) -> None:
    shown = {chosen.classes[label] for chosen in per_source for label in chosen.labels}
    for name in settings.files:
        if name not in shown and (not settings.classes or name in settings.classes):
            raise EvaluationError(
                f"{images.corpus.folder}: no image of class {name} in split {images.split} has a file name like "
                f"{settings.files[name]!r}; correct the pattern"
            )


def _classes_of_images(corpus: Corpus) -> list[str]:
    classes = []
    for label, names in zip(corpus.column("label"), corpus.object_classes, strict=True):
        classes.append(label or (next(iter(names)) if len(names) == 1 else ""))
    return classes

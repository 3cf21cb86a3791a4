"""Images with their true boxes: what a detector learns from, and is measured on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sarvl.annotations import AnnotatedImage
from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluated import SplitImages
from sarvl.progress import note


@dataclass(frozen=True)
class BoxedImages:
    """The images of one source of a split, with the boxes of its classes.

    places: ``(N,)``, theirs in the split. classes: of the source over all its splits. sizes: ``(N, 2)``, width and
    height. boxes: ``(G, 4)`` of each, (xmin, ymin, xmax, ymax) in pixels; labels: ``(G,)`` of each, of ``classes``.
    """

    source: str
    classes: list[str]
    images: SplitImages
    places: NDArray[np.int64]
    sizes: NDArray[np.int64]
    boxes: list[NDArray[np.float64]]
    labels: list[NDArray[np.int64]]

    def __len__(self) -> int:
        return len(self.places)

    @property
    def rows(self) -> NDArray[np.int64]:
        """``(N,)``, of the images in the corpus."""
        return self.images.rows[self.places]

    @property
    def ids(self) -> list[str]:
        """The id of each image."""
        return [self.images.ids[place] for place in self.places]

    @property
    def groups(self) -> list[str]:
        """The scene of each image."""
        return [self.images.groups[place] for place in self.places]

    @property
    def boxes_in_all(self) -> int:
        """How many boxes all images have together."""
        return sum(map(len, self.boxes))

    def at(self, places: NDArray[np.int64]) -> "BoxedImages":
        """Return some of the images."""
        boxes, labels = ([values[place] for place in places] for values in (self.boxes, self.labels))
        return BoxedImages(
            self.source, self.classes, self.images, self.places[places], self.sizes[places], boxes, labels
        )


def boxed_sources(images: SplitImages) -> list[BoxedImages]:
    """Return the images of each source that has boxes, those without an object too.

    The classes are those of all splits. Raises EvaluationError where no source of the split has a box.
    """
    sources, classes_of = images.corpus.column("source"), images.corpus.object_classes
    made = []
    for source in dict.fromkeys(sources[row] for row in images.rows):
        classes = sorted({name for own, of in zip(classes_of, sources, strict=True) if of == source for name in own})
        if classes:
            made.append(_of_source(images, source, classes))
    if not any(boxed.boxes_in_all for boxed in made):
        raise EvaluationError(
            f"{images.corpus.folder}: no image of split {images.split} has a box; choose a source of detection"
        )
    return [boxed for boxed in made if boxed.boxes_in_all]


def _of_source(images: SplitImages, source: str, classes: Sequence[str]) -> BoxedImages:
    places = images.of_source(source)
    annotations = [images.corpus.image(int(images.rows[place])).annotation for place in places]
    label_of = {name: label for label, name in enumerate(classes)}
    return BoxedImages(
        source,
        list(classes),
        images,
        places,
        np.array([(one.width, one.height) for one in annotations], np.int64).reshape(-1, 2),
        [np.array([item.box for item in one.objects], np.float64).reshape(-1, 4) for one in annotations],
        [np.array([label_of[item.class_name] for item in one.objects], np.int64) for one in annotations],
    )


def fully_annotated(boxed: BoxedImages) -> BoxedImages:
    """Return the images whose objects all have a box; how many are left out is told, EvaluationError for no box left.

    A detected object that the source has, but whose box was refused or is that of a crowd, would count as an error.
    """
    whole = np.array([not _annotation(boxed, row).open_classes for row in boxed.rows.tolist()], np.bool_)
    if not whole.all():
        count = np.count_nonzero(~whole)
        note(f"{boxed.source}: {count} of {len(whole)} images are not measured: some of their objects have no box")
    kept = boxed.at(np.flatnonzero(whole))
    if not kept.boxes_in_all:
        raise EvaluationError(
            f"source {boxed.source}: no box is left of the images whose objects all have one; choose another source"
        )
    return kept


def _annotation(boxed: BoxedImages, row: int) -> AnnotatedImage:
    return boxed.images.corpus.image(row).annotation

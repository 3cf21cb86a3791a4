"""Boxes that are given to be named: of COCO's form of results, of an outcome of detection, or the annotated ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, FiniteFloat, TypeAdapter, ValidationError

from sarvl.errors import EvaluationError, unreadable
from sarvl.evaluation.detecting.boxed_images import BoxedImages
from sarvl.evaluation.detecting.detected import Detected
from sarvl.evaluation.evaluated import SplitImages
from sarvl.files import read_json
from sarvl.progress import note


class _Given(NamedTuple):
    """One box, (xmin, ymin, xmax, ymax) in pixels; name: its class, where one is given."""

    image: str
    box: tuple[float, ...]
    score: float
    name: str | None


class _Result(BaseModel):
    """One box in COCO's form of results; other fields, such as ``category_id``, are passed over."""

    model_config = ConfigDict(extra="ignore")

    image_id: str
    bbox: tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat]
    score: FiniteFloat = 1.0
    category: str | None = None


@dataclass(frozen=True)
class GivenBoxes:
    """The boxes of a file by the id of their image. images: those that it is about; None where it does not say."""

    path: Path
    by_image: dict[str, list[_Given]]
    images: frozenset[str] | None = None

    @property
    def have_classes(self) -> bool:
        """Whether each box has the name of a class."""
        return all(given.name is not None for own in self.by_image.values() for given in own)

    def count_of(self, image: str, class_name: str, least_score: float) -> int:
        """Return how many boxes of a class an image has that score so much; -1 where the file is not about it."""
        if self.images is not None and image not in self.images:
            return -1
        own = self.by_image.get(image, [])
        return sum(given.name == class_name and given.score >= least_score for given in own)

    def of(self, boxed: BoxedImages) -> list[Detected]:
        """Return the boxes of images, the surest first; EvaluationError for a class that the source does not have."""
        label_of: dict[str | None, int] = {name: label for label, name in enumerate(boxed.classes)} | {None: 0}
        made = []
        for name in boxed.ids:
            own = sorted(self.by_image.get(name, []), key=lambda given: -given.score)
            if unknown := [given.name for given in own if given.name not in label_of]:
                there = ", ".join(boxed.classes)
                raise EvaluationError(f"{self.path}: {name}: no class {unknown[0]!r}; there are {there}")
            made.append(_detected(own, [label_of[given.name] for given in own]))
        return made


def _detected(own: Sequence[_Given], labels: Sequence[int]) -> Detected:
    return Detected(
        np.array([given.box for given in own], np.float64).reshape(-1, 4),
        np.array(labels, np.int64),
        np.array([given.score for given in own], np.float64),
    )


def annotated_boxes(boxed: BoxedImages) -> list[Detected]:
    """Return the true boxes of each image as given ones, each of score 1."""
    pairs = zip(boxed.boxes, boxed.labels, strict=True)
    return [Detected(boxes, labels, np.ones(len(boxes))) for boxes, labels in pairs]


def read_boxes(path: Path, images: SplitImages) -> GivenBoxes:
    """Read boxes of the images of a split: COCO's form of results (JSON), or an outcome of detection (Parquet).

    An image is named by its id or by its file; how many boxes are of images that are not in the split is told.
    Raises EvaluationError where the file cannot be read, no box is of the split, or a file name is that of several.
    """
    is_outcome = path.suffix == ".parquet"
    given = list(_of_outcome(path) if is_outcome else _of_results(path))
    ids_of: dict[str, list[str]] = {}
    for name in images.ids:
        for called in dict.fromkeys((name, name.partition("/")[2], PurePath(name).name)):
            ids_of.setdefault(called, []).append(name)
    by_image: dict[str, list[_Given]] = {}
    for one in given:
        ids = ids_of.get(one.image, [])
        if len(ids) > 1:
            raise EvaluationError(f"{path}: {one.image} is the name of {len(ids)} images; name them by their id")
        if ids:
            by_image.setdefault(ids[0], []).append(one)
    held = sum(map(len, by_image.values()))
    if not held:
        raise EvaluationError(f"{path}: none of its {len(given)} boxes is of an image of split {images.split}")
    if held < len(given):
        note(f"{path}: {len(given) - held} of {len(given)} boxes are of images that are not in the split")
    about = frozenset(pq.read_table(path, columns=["item"]).column("item").to_pylist()) if is_outcome else None
    return GivenBoxes(path, by_image, about)


def _of_results(path: Path) -> Iterator[_Given]:
    value: Any = read_json(path, EvaluationError)
    try:
        results = TypeAdapter(list[_Result]).validate_python(value)
    except ValidationError as problem:
        fault = problem.errors()[0]
        where = ".".join(map(str, fault["loc"])) or "the file"
        raise EvaluationError(
            f"{path}: {where}: {fault['msg']}; give COCO's form of results, images named by file"
        ) from problem
    for result in results:
        x, y, width, height = result.bbox
        yield _Given(result.image_id, (x, y, x + width, y + height), result.score, result.category)


def _of_outcome(path: Path) -> Iterator[_Given]:
    try:
        table = pq.read_table(path, columns=["item", "boxes", "classes", "scores"])
    except (OSError, pa.ArrowException) as problem:
        raise EvaluationError(unreadable(path, problem, "give an outcome of detection")) from problem
    for image, boxes, names, scores in zip(*(column.to_pylist() for column in table.columns), strict=True):
        for box, name, score in zip(boxes, names, scores, strict=True):
            yield _Given(image, tuple(box), score, name)

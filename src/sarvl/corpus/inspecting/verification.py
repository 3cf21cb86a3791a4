"""Verification: the statements of a corpus held against the annotations that it keeps, on several processes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from sarvl.annotations import AnnotatedImage, AnnotatedObject, Box
from sarvl.annotations.annotated_image import LandCoverShare
from sarvl.corpus.on_demand import OnDemand
from sarvl.corpus.rows import Row, image_row, text_rows
from sarvl.corpus.store import Corpus
from sarvl.errors import CorpusError
from sarvl.language import Statement, verify
from sarvl.language.claims.construction import claims_from_json
from sarvl.parallel import ordered_map

SHOWN_PROBLEMS = 10


class Problem(NamedTuple):
    """A statement that its image's annotation does not bear out, and the first reason why."""

    image_id: str
    text: str
    problem: str


class Verification(NamedTuple):
    """statements: those that people did not write. checked: of these. problems: the first ten that failed."""

    statements: int
    checked: int
    confirmed: int
    problems: list[Problem]


class _Task(NamedTuple):
    image: Row
    texts: list[Row]


def verify_corpus(corpus: Corpus, at_most: int | None = None, workers: int = 1) -> Verification:
    """Verify every statement that people did not write; ``at_most`` so many, drawn from the corpus's seed.

    Raises CorpusError or LanguageError where the tables do not hold a statement's claims as a build writes them.
    """
    written = np.flatnonzero(pc.not_equal(corpus.texts["producer"], "human").to_numpy())  # (T,) rows of texts
    chosen = _sampled(written, at_most, corpus.seed)
    by_image = _by_image(corpus, chosen)
    images = list(by_image)
    tasks = OnDemand(len(images), lambda places: [_task(corpus, images[place], by_image) for place in places])
    problems: list[Problem] = []
    failed = 0
    for found in ordered_map(verify_texts, tasks, workers, "verify"):
        failed += len(found)
        problems += found[: SHOWN_PROBLEMS - len(problems)]
    return Verification(len(written), len(chosen), len(chosen) - failed, problems)


def verify_texts(tasks: Sequence[_Task]) -> list[list[Problem]]:
    """Return, for each image of a chunk, its statements that fail."""
    return [_problems_of(annotated_image(task.image), task) for task in tasks]


def annotated_image(image: Row) -> AnnotatedImage:
    """Return what a row of the images table keeps of its annotation."""
    objects = tuple(
        AnnotatedObject(item["class_name"], Box(*item["box"]), _tuple(item["corners"]), item["area_px"])
        for item in image["objects"]
    )
    return AnnotatedImage(
        file=image["file"],
        path=Path(image["file"]),
        width=image["width"],
        height=image["height"],
        objects=objects,
        label=image["label"],
        label_names=tuple(image["label_names"]),
        twin_captions=tuple(image["twin_captions"]),
        land_cover=tuple(LandCoverShare(**share) for share in image["land_cover"]),
        labelled_classes=tuple(image["labelled_classes"]),
        group=image["group"],
        spacing_m=_tuple(image["spacing_m"]),
        looks=image["looks"],
        target_size_m=_tuple(image["target_size_m"]),
        position=_tuple(image["position"]),
    )


def statement_of(text: Row) -> Statement:
    """Return the statement that a row of the texts table keeps, its claims with their evidence."""
    claims = claims_from_json(text["claims"])
    if len(claims) != len(text["evidence"]):
        raise CorpusError(f"{text['image_id']}: {len(claims)} claims have {len(text['evidence'])} lists of evidence")
    resting = zip(claims, text["evidence"], strict=True)
    return Statement(
        text=text["text"],
        family=text["family"],
        claims=tuple(claim._replace(objects=tuple(objects)) for claim, objects in resting),
        producer=text["producer"],
        kind=text["kind"],
        answer=text["answer"],
        answer_type=text["answer_type"],
        application=text["application"],
        options=tuple(text["options"]),
        tags=tuple(text["tags"]),
    )


def _sampled(rows: NDArray[np.int64], at_most: int | None, seed: int) -> NDArray[np.int64]:
    if at_most is None or at_most >= len(rows):
        return rows
    return np.sort(np.random.default_rng([seed, len(rows)]).permutation(rows)[:at_most])


def _by_image(corpus: Corpus, chosen: NDArray[np.int64]) -> dict[int, set[int]]:
    """Return the chosen rows of the texts table by the row of their image."""
    ids = corpus.images["image_id"].combine_chunks()
    images = pc.index_in(corpus.texts["image_id"], value_set=ids).to_numpy()[chosen]
    found: dict[int, set[int]] = {}
    for row, image in zip(chosen.tolist(), images.tolist(), strict=True):
        found.setdefault(image, set()).add(row)
    return found


def _task(corpus: Corpus, image: int, by_image: dict[int, set[int]]) -> _Task:
    texts = zip(corpus.texts_of_image[image], text_rows(corpus, image), strict=True)
    return _Task(image_row(corpus, image), [text for row, text in texts if row in by_image[image]])


def _problems_of(image: AnnotatedImage, task: _Task) -> list[Problem]:
    found = []
    for text in task.texts:
        problems = verify(statement_of(text), image, task.image["domain"])
        if problems:
            found.append(Problem(task.image["image_id"], text["text"], problems[0]))
    return found


def _tuple(values: list[float] | None) -> Any:
    return None if values is None else tuple(values)

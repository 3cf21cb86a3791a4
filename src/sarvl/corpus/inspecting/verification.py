"""Verification: the statements of a corpus held against the annotations that it keeps, on several processes."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from sarvl.corpus.lazy_sequence import LazySequence
from sarvl.corpus.rows import CorpusImage
from sarvl.corpus.store import Corpus
from sarvl.language import Statement, verify
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
    image: CorpusImage
    statements: list[Statement]


def verify_corpus(corpus: Corpus, at_most: int | None = None, workers: int | None = None) -> Verification:
    """Verify every statement that people did not write; ``at_most`` so many, drawn from the corpus's seed.

    Raises CorpusError or LanguageError where the tables do not hold a statement's claims as a build writes them.
    """
    written = np.flatnonzero(pc.not_equal(corpus.texts["producer"], "human").to_numpy())  # (T,) rows of texts
    chosen = _sampled(written, at_most, corpus.seed)
    by_image = _by_image(corpus, chosen)
    images = list(by_image)
    tasks = LazySequence(len(images), lambda indices: [_task(corpus, images[index], by_image) for index in indices])
    problems: list[Problem] = []
    failed = 0
    for failures in ordered_map(verify_texts, tasks, workers, "verify", "images"):
        failed += len(failures)
        problems += failures[: SHOWN_PROBLEMS - len(problems)]
    return Verification(len(written), len(chosen), len(chosen) - failed, problems)


def verify_texts(tasks: Sequence[_Task]) -> list[list[Problem]]:
    """Return, for each image of a chunk, its statements that fail."""
    return [_problems_of(task) for task in tasks]


def _sampled(rows: NDArray[np.int64], at_most: int | None, seed: int) -> NDArray[np.int64]:
    if at_most is None or at_most >= len(rows):
        return rows
    return np.sort(np.random.default_rng([seed, len(rows)]).permutation(rows)[:at_most])


def _by_image(corpus: Corpus, chosen: NDArray[np.int64]) -> dict[int, set[int]]:
    """Return the chosen rows of the texts table by the row of their image."""
    ids = corpus.images["image_id"].combine_chunks()
    images = pc.index_in(corpus.texts["image_id"], value_set=ids).to_numpy()[chosen]
    rows_of: dict[int, set[int]] = {}
    for row, image in zip(chosen.tolist(), images.tolist(), strict=True):
        rows_of.setdefault(image, set()).add(row)
    return rows_of


def _task(corpus: Corpus, image: int, by_image: dict[int, set[int]]) -> _Task:
    said = zip(corpus.texts_of_image[image], corpus.statements(image), strict=True)
    return _Task(corpus.image(image), [statement for row, statement in said if row in by_image[image]])


def _problems_of(task: _Task) -> list[Problem]:
    failures = []
    for statement in task.statements:
        problems = verify(statement, task.image.annotation, task.image.domain)
        if problems:
            failures.append(Problem(task.image.image_id, statement.text, problems[0]))
    return failures

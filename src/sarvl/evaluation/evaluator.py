"""Evaluating a model on a corpus: tasks in, result rows out; rows that a file already holds are not measured again."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from os.path import normpath
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sarvl.corpus import Corpus, pixel_cache
from sarvl.errors import EvaluationError
from sarvl.evaluation.retrieval import RETRIEVAL_PROTOCOL, retrieval
from sarvl.evaluation.rows import ResultRow, append_rows, read_rows
from sarvl.evaluation.templates import SARVLM_TEMPLATES
from sarvl.evaluation.zeroshot import ZEROSHOT_PROTOCOL, ZeroShotResult, class_embeddings, zeroshot
from sarvl.measures.measure import Measure
from sarvl.models import Clip, load_model

_IMAGES_AT_ONCE = 1024  # 154 MB of RGB at 224 pixels; whole batches of Clip.encode_images


@dataclass(frozen=True)
class Subject:
    """A model and the images that it is measured on; features are made once, when a task first asks for them."""

    model_name: str
    model: Clip
    corpus: Corpus
    split: str
    rows: NDArray[np.int64]
    workers: int = 1

    @classmethod
    def open(cls, model: str, corpus: Path, split: str, sources: Sequence[str] = (), workers: int = 1) -> "Subject":
        """Load the model and select the images; raises ModelError or CorpusError where either cannot be had."""
        opened = Corpus.open(corpus)
        name = normpath(model) if Path(model).exists() else model
        return cls(name, load_model(model), opened, split, opened.rows_of(split, sources), workers)

    @cached_property
    def image_features(self) -> NDArray[np.float32]:
        """Unit features of the images (N, D)."""
        pixels = pixel_cache(self.corpus, self.model.contract, self.workers)  # (images of the corpus, C, S, S), on disk
        parts = [self.rows[start : start + _IMAGES_AT_ONCE] for start in range(0, len(self.rows), _IMAGES_AT_ONCE)]
        return np.concatenate([self.model.encode_images(pixels[rows]) for rows in parts])

    @cached_property
    def weights_hash(self) -> str:
        """SHA-256 of the model's weights."""
        return self.model.weights_hash()

    def of_source(self, source: str) -> NDArray[np.int64]:
        """Return the positions, among the images, of those of one source."""
        names = self.corpus.column("source")
        return np.array([place for place, row in enumerate(self.rows) if names[row] == source], dtype=np.int64)

    def groups(self) -> list[str]:
        """Return one label an image for resampling: the scene that it was cut from, else the image itself."""
        groups, ids, sources = (self.corpus.column(name) for name in ("group", "image_id", "source"))
        return [f"{sources[row]}:{groups[row]}" if groups[row] else ids[row] for row in self.rows]


def evaluate(
    model: str,
    corpus: Path,
    split: str,
    tasks: Sequence[str],
    out: Path,
    *,
    sources: Sequence[str] = (),
    seed: int = 0,
    workers: int = os.cpu_count() or 1,
) -> list[ResultRow]:
    """Measure ``model`` (see ``models.load_model``) on a split of a corpus and append the rows to ``out``.

    tasks: ``retrieval`` over all the images together, ``zeroshot`` over each source that has classes.
    seed: of the bootstrap. Intervals resample scenes where the corpus knows them, else images.
    Raises EvaluationError for an unknown task, or where a task finds nothing to measure.
    """
    unknown = [task for task in tasks if task not in TASKS]
    if unknown:
        raise EvaluationError(f"{unknown[0]}: no such task; there are {', '.join(TASKS)}")
    subject = Subject.open(model, corpus, split, sources, workers)
    known = {row.key(): row for row in read_rows(out)} if out.exists() else {}
    found: list[ResultRow] = []
    for task in dict.fromkeys(tasks):
        for part in TASKS[task](subject):
            rows = _measured(part, subject, task, seed, known)
            append_rows(out, [row for row in rows if row.key() not in known])
            found += rows
    return found


@dataclass(frozen=True)
class Part:
    """One measurement of a task: its source, its rules and prompts, the images it takes, and how to make it.

    last_metric: the figure that is written last; where a file holds it, it holds them all.
    """

    source: str
    protocol: str
    prompts: tuple[str, ...]
    places: NDArray[np.int64]
    last_metric: str
    measures: Callable[[], list[Measure]]


def _measured(
    part: Part, subject: Subject, task: str, seed: int, known: dict[tuple[object, ...], ResultRow]
) -> list[ResultRow]:
    def row(metric: str, value: float, n: int, **interval: float | None) -> ResultRow:
        return ResultRow(
            task=task,
            metric=metric,
            value=value,
            n=n,
            model=subject.model_name,
            source=part.source,
            split=subject.split,
            protocol=part.protocol,
            prompts=part.prompts,
            weights_hash=subject.weights_hash,
            contract_hash=subject.model.contract.digest(),
            corpus_digest=subject.corpus.digest,
            seed=seed,
            **interval,
        )

    asked = row(part.last_metric, 0.0, 0)
    if asked.key() in known:
        same = asked.model_copy(update={"metric": ""}).key()
        return [found for found in known.values() if found.model_copy(update={"metric": ""}).key() == same]
    groups = np.array(subject.groups())[part.places]
    rows = []
    for measure in part.measures():
        low, high = measure.interval(groups, seed=seed)
        figures = {"low": low, "high": high, "chance": measure.chance, "ceiling": measure.ceiling}
        rows.append(row(measure.metric, measure.value, measure.n, **figures))
    return rows


def retrieval_parts(subject: Subject) -> list[Part]:
    """Return the one retrieval over all images of the subject and all their captions.

    Measuring it raises EvaluationError where an image has none.
    """

    def measures() -> list[Measure]:
        texts = [subject.corpus.captions_of_image[row] for row in subject.rows]
        speechless = sum(not found for found in texts)
        if speechless:
            raise EvaluationError(
                f"{subject.corpus.folder}: {speechless} of {len(texts)} images of split {subject.split} have no "
                "caption to retrieve; choose sources that have captions"
            )
        sentences = [subject.corpus.sentences[text] for found in texts for text in found]
        distinct = {sentence: index for index, sentence in enumerate(dict.fromkeys(sentences))}
        return retrieval(
            subject.image_features,
            subject.model.encode_texts(list(distinct)),
            text_of_pair=[distinct[sentence] for sentence in sentences],
            image_of_pair=[place for place, found in enumerate(texts) for _ in found],
        ).measures()

    sources = subject.corpus.column("source")
    names = sorted({sources[row] for row in subject.rows})
    source = "all" if names == sorted(set(sources)) else "+".join(names)
    return [Part(source, RETRIEVAL_PROTOCOL, (), np.arange(len(subject.rows)), "distinct_captions", measures)]


def zeroshot_parts(subject: Subject) -> list[Part]:
    """Return one classification a source whose images have at least two classes.

    Raises EvaluationError where no source has.
    """
    parts = []
    for source, (classes, places, labels) in classification_sets(subject).items():
        work = _ZeroShot(subject, classes, places, labels)
        last = f"class_accuracy/{classes[labels.max()]}"
        parts.append(Part(source, ZEROSHOT_PROTOCOL, SARVLM_TEMPLATES, places, last, work.measures))
    if not parts:
        raise EvaluationError(f"{subject.corpus.folder}: no source of split {subject.split} has two image classes")
    return parts


@dataclass(frozen=True)
class _ZeroShot:
    subject: Subject
    classes: list[str]
    places: NDArray[np.int64]
    labels: NDArray[np.int64]

    def measures(self) -> list[Measure]:
        return classify(self.subject, self.classes, self.places, self.labels).measures(self.classes)


def classify(
    subject: Subject, classes: list[str], places: NDArray[np.int64], labels: NDArray[np.int64]
) -> ZeroShotResult:
    """Classify the images at ``places`` by their cosine to the prompts of ``classes``."""
    embeddings = class_embeddings(subject.model.encode_texts, classes, SARVLM_TEMPLATES)
    return zeroshot(subject.image_features[places], embeddings, labels, logit_scale=subject.model.logit_scale)


def classification_sets(subject: Subject) -> dict[str, tuple[list[str], NDArray[np.int64], NDArray[np.int64]]]:
    """Return for each source its classes, the positions of its images that have one, and their labels.

    An image's class is its label, else the class that all its objects share; images of several classes have none.
    The classes are those of all splits, so that a small split is no easier.
    """
    sources = subject.corpus.column("source")
    class_of = _classes_of_images(subject.corpus)
    found = {}
    for source in dict.fromkeys(sources[row] for row in subject.rows):
        classes = sorted({class_of[row] for row, name in enumerate(sources) if name == source} - {""})
        places = np.array([place for place in subject.of_source(source) if class_of[subject.rows[place]]], np.int64)
        if len(classes) > 1 and len(places):
            labels = np.array([classes.index(class_of[subject.rows[place]]) for place in places], np.int64)
            found[source] = (classes, places, labels)
    return found


def _classes_of_images(corpus: Corpus) -> list[str]:
    classes = []
    for label, objects in zip(corpus.column("label"), corpus.column("objects"), strict=True):
        names = {item["class_name"] for item in objects}
        classes.append(label or (names.pop() if len(names) == 1 else ""))
    return classes


TASKS: dict[str, Callable[[Subject], list[Part]]] = {"retrieval": retrieval_parts, "zeroshot": zeroshot_parts}

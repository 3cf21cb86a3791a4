"""Zero-shot classification: one classification a source, by the cosine of an image to the prompts of each class."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from sarvl.corpus import Corpus
from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.task import Task, TaskRun
from sarvl.evaluation.templates import SARVLM_TEMPLATES, class_embeddings
from sarvl.measures.classification import ClassificationResult, classify, depths
from sarvl.measures.measure import Measure
from sarvl.models import Clip


class ZeroshotSettings(BaseModel):
    """What can be set of zero-shot classification."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    templates: tuple[str, ...] = SARVLM_TEMPLATES
    """Prompts: sentences with one ``{}`` where the class name goes."""


@dataclass(frozen=True)
class ClassifiedImages:
    """The images of a source that have a class. places: theirs in the split ``(n,)``. labels: ``(n,)``, of classes."""

    source: str
    classes: list[str]
    places: NDArray[np.int64]
    labels: NDArray[np.int64]


def runs(evaluated: EvaluatedModel, settings: ZeroshotSettings) -> list[TaskRun]:
    """Return one run a source whose images have at least two classes; raises EvaluationError where none has."""
    found = classified_images(evaluated.images)
    if not found:
        images = evaluated.images
        raise EvaluationError(f"{images.corpus.folder}: no source of split {images.split} has two image classes")
    return [TaskRun(chosen.source, partial(outcome, evaluated, settings, chosen)) for chosen in found]


def classified_images(images: SplitImages) -> list[ClassifiedImages]:
    """Return, for each source that has at least two classes, its images that have one.

    An image's class is its label, else the class that all its objects share; images of several classes have none.
    The classes are those of all splits, so that a small split is no easier.
    """
    sources = images.corpus.column("source")
    class_of = _classes_of_images(images.corpus)
    found = []
    for source in dict.fromkeys(sources[row] for row in images.rows):
        classes = sorted({class_of[row] for row, name in enumerate(sources) if name == source} - {""})
        places = np.array([place for place in images.of_source(source) if class_of[images.rows[place]]], np.int64)
        if len(classes) > 1 and len(places):
            labels = np.array([classes.index(class_of[images.rows[place]]) for place in places], np.int64)
            found.append(ClassifiedImages(source, classes, places, labels))
    return found


def _classes_of_images(corpus: Corpus) -> list[str]:
    classes = []
    for label, objects in zip(corpus.column("label"), corpus.column("objects"), strict=True):
        names = {item["class_name"] for item in objects}
        classes.append(label or (names.pop() if len(names) == 1 else ""))
    return classes


def outcome(evaluated: EvaluatedModel, settings: ZeroshotSettings, chosen: ClassifiedImages) -> Outcome:
    """Return one row an image; its score is the probability of the named class, and ``rank`` that of the true one."""
    embeddings = class_embeddings(evaluated.model.encode_texts, chosen.classes, settings.templates)
    features = evaluated.image_features[chosen.places]
    found = classify(features, embeddings, chosen.labels, logit_scale=evaluated.model.logit_scale)
    names = np.array(chosen.classes, object)
    return Outcome.of(
        facts={"classes": chosen.classes},
        item=[evaluated.images.ids[place] for place in chosen.places],
        group=[evaluated.images.groups[place] for place in chosen.places],
        truth=names[found.labels],
        prediction=names[found.predicted],
        score=found.confidence,
        rank=found.ranks,
    )


def classification(outcome: Outcome) -> ClassificationResult:
    """Return an outcome as what the figures of a classification are made from."""
    place = {name: index for index, name in enumerate(outcome.facts["classes"])}
    return ClassificationResult(
        classes=len(place),
        labels=np.array([place[name] for name in outcome.column("truth")], np.int64),
        ranks=outcome.column("rank"),
        predicted=np.array([place[name] for name in outcome.column("prediction")], np.int64),
        confidence=outcome.column("score"),
        ks=depths(len(place)),
    )


def measures(outcome: Outcome) -> list[Measure]:
    """Return top-1, 3 and 5, mean per-class accuracy, its baseline, calibration, and the accuracy of each class."""
    return classification(outcome).measures(outcome.facts["classes"], outcome.column("group"))


TASK = Task("zeroshot", "zeroshot-1", needs=Clip, runs=runs, measures=measures, settings=ZeroshotSettings)

"""Zero-shot classification: one classification a source, by the cosine of an image to the prompts of each class."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from pydantic import field_validator

from sarvl.blocks import Block, Facts
from sarvl.evaluation.classified_images import ClassifiedImages, ClassSettings, classified_images
from sarvl.evaluation.classified_outcome import classified_measures, classified_outcome, classified_views
from sarvl.evaluation.evaluated import EvaluatedModel
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.task import Task, TaskRun
from sarvl.evaluation.templates import DEFAULT_TEMPLATES, class_embeddings, fill, name_of_prompts, prompt_set
from sarvl.measures.abstention import mean_auroc, unknown_class_terms
from sarvl.measures.classification import classify, logits_of
from sarvl.measures.features import cosines_of
from sarvl.measures.measure import Measure
from sarvl.models.protocols import Embedder
from sarvl.recipes import RecipeModel


class PromptSettings(RecipeModel):
    """The prompts of a task that names classes."""

    templates: tuple[str, ...] = DEFAULT_TEMPLATES
    """Prompts: sentences with one `{}` where the class name goes, or `{a}` for the name with its article. Or the name
    of a prompt set, such as `sarvlm-optical`, or a YAML file of one; the rows hold the sentences."""

    @field_validator("templates", mode="before")
    @classmethod
    def _of_a_set(cls, value: Any) -> Any:
        return prompt_set(value).templates if isinstance(value, str) else value

    @field_validator("templates")
    @classmethod
    def _has_places(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        fill(value, "ship")
        return value


class ZeroshotSettings(PromptSettings, ClassSettings):
    """What can be set of zero-shot classification."""


def runs(evaluated: EvaluatedModel, settings: ZeroshotSettings) -> list[TaskRun]:
    """Return one run a source whose images have at least two classes; raises EvaluationError where none has."""
    per_source = classified_images(evaluated.images, settings)
    return [TaskRun(chosen.source, partial(outcome, evaluated, settings, chosen)) for chosen in per_source]


def outcome(evaluated: EvaluatedModel, settings: ZeroshotSettings, chosen: ClassifiedImages) -> Outcome:
    """Return one row an image (``classified_outcome``), with the logits of all classes."""
    embedder = evaluated.able(Embedder, "zeroshot")
    embeddings = class_embeddings(embedder.encode_texts, chosen.classes, settings.templates)
    features = evaluated.image_features[chosen.indices]
    scale, bias = embedder.logit_scale, embedder.logit_bias
    classified = classify(features, embeddings, chosen.labels, logit_scale=scale, logit_bias=bias)
    logits = logits_of(cosines_of(features, embeddings), scale, bias)
    facts = {"is_sigmoid": bias is not None, "prompts": name_of_prompts(settings.templates)}
    return classified_outcome(evaluated.images, chosen, classified, facts, logits=logits.tolist())


def measures(outcome: Outcome) -> list[Measure]:
    """Return the figures of a classification, and the AUROC of unknown classes where there are three or more."""
    made = classified_measures(outcome)
    classes = outcome.facts["classes"]
    truth = outcome.column("truth")
    if len(classes) > 2 and len(set(truth)) > 1:
        logits = np.array(outcome.column("logits").tolist(), np.float64)
        labels = np.array([classes.index(name) for name in truth], np.int64)
        terms = unknown_class_terms(logits, labels, is_sigmoid=outcome.facts["is_sigmoid"])
        groups = outcome.column("group")
        made.append(
            Measure.of("unknown_class_AUROC", terms, len(labels), chance=0.5, statistic=mean_auroc, groups=groups)
        )
    return made


HEADLINES = {"top1": "Zero-shot classification, top-1,"}
TILES = {
    "top1": "Zero-shot, top-1 accuracy",
    "mean_per_class_accuracy": "Zero-shot, mean per-class accuracy",
}


def views(rows: Sequence[ResultRow], outcome: Outcome | None) -> list[Block]:
    """Return the blocks of a classification, and the prompts that the model was given."""
    templates = tuple(rows[0].settings.get("templates", ())) if rows else ()
    blocks = classified_views("Zero-shot classification", TILES, rows, outcome)
    if templates:
        name = name_of_prompts(templates) or "of the user"
        blocks.append(Facts("Prompts", [("set", name)], [("sentences", templates)]))
    return blocks


TASK = Task("zeroshot", "zeroshot-3", Embedder, runs, measures, views, ZeroshotSettings, HEADLINES)

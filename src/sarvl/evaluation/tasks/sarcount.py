"""SARCount: how many objects of a class an image shows, by the cosine to captions that each name a number."""

import operator
from collections.abc import Sequence
from functools import partial
from itertools import groupby
from typing import Any, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from sarvl.errors import EvaluationError
from sarvl.evaluation.classified_images import check_class_names
from sarvl.evaluation.count_set import CountItem, CountSet, count_sets
from sarvl.evaluation.count_views import BY_TILES, count_views, named_counts, true_counts
from sarvl.evaluation.detecting.detector_reference import DetectorReference
from sarvl.evaluation.detecting.given_boxes import GivenBoxes, read_boxes
from sarvl.evaluation.evaluated import EvaluatedModel
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.task import Task, TaskRun
from sarvl.evaluation.templates import mean_embeddings
from sarvl.evaluation.tile_counts import SeenByTiles, count_of_tiles, seen_by_tiles, tiled_image
from sarvl.language.words.lexicon import number_text
from sarvl.language.words.vocabulary import Vocabulary
from sarvl.measures.classification import classify
from sarvl.measures.counting import (
    constant_measures,
    counting_measures,
    error_measures,
    large_constants,
)
from sarvl.measures.measure import Measure
from sarvl.models.protocols import Embedder, Features
from sarvl.progress import progress
from sarvl.recipes import RecipeModel

PLACE = "{objects}"
Numerals = Literal["digits", "words"]


def _is_none(value: object) -> bool:
    return value is None


class SarcountSettings(RecipeModel):
    """What can be set of SARCount."""

    most: int = Field(default=10, ge=2, le=20)
    """The largest count that is asked, and named by a caption."""
    per_count: int | None = Field(default=20, ge=1)
    """The most images of a class and a count, drawn from the corpus's seed: in real images one object is by far the
    commonest. `null` takes all, as they come."""
    numerals: tuple[Numerals, ...] = Field(default=("digits", "words"), min_length=1)
    """How captions write the number: `3 ships` or `three ships`, each measured by itself."""
    templates: tuple[str, ...] = (
        "A SAR image of {objects}.",
        "This SAR image shows {objects}.",
        "A radar image of {objects}.",
    )
    """Captions, with `{objects}` where number and name go."""
    classes: tuple[str, ...] = ()
    """Only these classes; all that can be counted where none is named."""
    by_tiles: bool = Field(default=False, exclude_if=operator.not_)  # rows of those that are off stay as they were
    """Whether counts above `most` are asked too: the model counts, from 0 to `most`, each tile of the image, and the
    numbers are added up."""
    tile: int | None = Field(default=None, ge=8, exclude_if=_is_none)
    """Side of these tiles in pixels; none for the tiles of a model that reads some (an AnyReader), and else for the
    side of its input."""
    detector: DetectorReference | None = Field(default=None, exclude_if=_is_none)
    """A detector whose counts stand beside, as the reference; none for none."""

    @model_validator(mode="after")
    def _has_use_for_tile(self) -> Self:
        if self.tile is not None and not self.by_tiles:
            raise EvaluationError(
                "sarcount.tile: nothing is counted by tiles; set sarcount.by_tiles=true, or leave it out"
            )
        return self

    @field_validator("templates")
    @classmethod
    def _has_places(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for template in value:
            if template.count(PLACE) != 1:
                raise EvaluationError(f"template {template!r}: give exactly one place {PLACE}")
        return value


def runs(evaluated: EvaluatedModel, settings: SarcountSettings) -> list[TaskRun]:
    """Return one run a source with boxes; raises EvaluationError where none has objects to count."""
    images = evaluated.images
    shown = {name for row in images.rows for name in images.corpus.object_classes[row]}
    check_class_names(settings.classes, shown, images.corpus)
    sets = count_sets(images, settings.most, settings.per_count, settings.classes, above=settings.by_tiles)
    if not sets:
        raise EvaluationError(
            f"{images.corpus.folder}: no source of split {images.split} has images of two different counts from 1 to "
            f"{settings.most}; counting needs boxes"
        )
    given = read_boxes(settings.detector.boxes, images) if settings.detector else None
    if given and not given.have_classes:
        raise EvaluationError(f"{given.path}: a box has no class, and cannot be counted; give each a `category`")
    return [TaskRun(chosen.source, partial(outcome, evaluated, settings, chosen, given)) for chosen in sets]


class _Answers(NamedTuple):
    """What was named for N items: the count, the rank of the true one (0 for none), and how probable the named one is.

    way: how numbers were written, and whether by tiles. All arrays are ``(N,)``.
    """

    way: str
    items: Sequence[CountItem]
    predicted: NDArray[np.int64]
    ranks: NDArray[np.int64]
    scores: NDArray[np.float64]


def outcome(
    evaluated: EvaluatedModel, settings: SarcountSettings, chosen: CountSet, given: GivenBoxes | None = None
) -> Outcome:
    """Return one row an image, class and way to write numbers; ``rank`` is that of the true count.

    Rows of counts by tiles have no rank (0), and beside the usual columns ``at_best`` and ``cut`` (``SeenByTiles``).
    """
    images, most = evaluated.images, settings.most
    answers = [_counted(evaluated, settings, chosen, numerals) for numerals in settings.numerals]
    seen: list[SeenByTiles] = []
    if chosen.above:
        tiled, seen = _counted_by_tiles(evaluated, settings, chosen.above)
        answers += tiled
    items = [item for part in answers for item in part.items]
    ways = [part.way for part in answers for _ in part.items]
    predicted, ranks, scores = (np.concatenate([part[place] for part in answers]) for place in (2, 3, 4))
    further: dict[str, Any] = {}
    if seen:
        plain = [SeenByTiles(0, 0)] * (len(items) - len(settings.numerals) * len(seen))
        at_best, cut = zip(*plain, *seen * len(settings.numerals), strict=True)
        further |= {"at_best": at_best, "cut": cut}
    if given and settings.detector:
        counts = [
            given.count_of(images.ids[item.place], item.class_name, settings.detector.least_score) for item in items
        ]
        further["detected"] = counts
    return Outcome.of(
        facts={"most": most, "left_out": dict(sorted(chosen.left_out.items())), "classes": chosen.classes},
        item=[f"{images.ids[item.place]}#{item.class_name}#{way}" for item, way in zip(items, ways, strict=True)],
        group=[images.groups[item.place] for item in items],
        truth=[str(item.number) for item in items],
        prediction=predicted.astype(str).astype(object),
        score=scores,
        rank=ranks,
        image=[images.ids[item.place] for item in items],
        class_name=[item.class_name for item in items],
        numerals=ways,
        **further,
    )


def _counted(evaluated: EvaluatedModel, settings: SarcountSettings, chosen: CountSet, numerals: Numerals) -> _Answers:
    embedder = evaluated.able(Embedder, "sarcount")
    predicted, ranks = (np.empty(len(chosen.items), np.int64) for _ in range(2))
    scores = np.empty(len(chosen.items))
    for class_name in chosen.classes:
        at = np.array([index for index, item in enumerate(chosen.items) if item.class_name == class_name])
        result = classify(
            evaluated.image_features[[chosen.items[index].place for index in at]],
            _captions(embedder, settings, class_name, numerals, first=1),
            [chosen.items[index].number - 1 for index in at],
            logit_scale=embedder.logit_scale,
            logit_bias=embedder.logit_bias,
        )
        predicted[at], ranks[at], scores[at] = result.predicted + 1, result.ranks, result.confidence
    return _Answers(numerals, chosen.items, predicted, ranks, scores)


def _counted_by_tiles(
    evaluated: EvaluatedModel, settings: SarcountSettings, items: Sequence[CountItem]
) -> tuple[list[_Answers], list[SeenByTiles]]:
    """Return the answers in each way to write numbers, and what the tiles show of the objects of each item."""
    embedder = evaluated.able(Embedder, "sarcount")
    captions = {
        (way, name): _captions(embedder, settings, name, way, first=0)
        for way in settings.numerals
        for name in sorted({item.class_name for item in items})
    }
    named: dict[Numerals, list[tuple[int, float]]] = {way: [] for way in settings.numerals}
    seen = []
    with progress("count by tiles", len(items), "counts") as advance:
        for place, own in groupby(items, lambda item: item.place):
            image = tiled_image(evaluated, embedder, place, settings.tile)
            objects = evaluated.images.corpus.image(int(evaluated.images.rows[place])).annotation.objects
            for item in own:
                boxes = [objects[index].box for index in item.objects]
                seen.append(seen_by_tiles(image.tiles, boxes, settings.most))
                for way in settings.numerals:
                    named[way].append(count_of_tiles(embedder, image, captions[way, item.class_name]))
                advance(1)
    ranks = np.zeros(len(items), np.int64)
    answers = []
    for way, pairs in named.items():
        counts, scores = (np.array(values) for values in zip(*pairs, strict=True))
        answers.append(_Answers(f"{way}{BY_TILES}", items, counts, ranks, scores))
    return answers, seen


def _captions(
    embedder: Embedder, settings: SarcountSettings, class_name: str, numerals: Numerals, first: int
) -> Features:
    """Return the embeddings ``(M, D)`` of the captions that name each number from ``first`` to the most."""
    sentences = [
        tuple(template.replace(PLACE, counted(number, class_name, numerals)) for template in settings.templates)
        for number in range(first, settings.most + 1)
    ]
    return mean_embeddings(embedder.encode_texts, sentences)


def counted(number: int, class_name: str, numerals: Numerals) -> str:
    """Return number and name, such as ``3 ships`` or ``one ship``; of none ``no ships``."""
    name = Vocabulary((class_name,)).names[class_name][0]
    if number == 0:
        return f"no {name.plural}"
    return f"{number_text(number, numerals == 'words')} {name.singular if number == 1 else name.plural}"


def measures(outcome: Outcome) -> list[Measure]:
    """Return accuracy at all depths and MAE for each way to write numbers, of each class, and of two constants.

    Where there are counts by tiles, their errors follow, and what stands beside; so does what a detector counts.
    """
    most, made = outcome.facts["most"], []
    ways = _ways(outcome)
    for numerals in ways:
        part = outcome.where("numerals", numerals)
        truth, predicted, groups = true_counts(part), named_counts(part), part.column("group")
        made += counting_measures(numerals, truth, predicted, part.column("rank"), most=most, groups=groups)
        for class_name in outcome.facts["classes"]:
            at = part.column("class_name") == class_name
            terms = np.column_stack((part.column("rank")[at] == 1, np.ones(at.sum())))
            label = f"{numerals}_top1/{class_name}"
            made.append(Measure.of(label, terms, int(at.sum()), chance=1 / most, groups=groups[at]))
    first = outcome.where("numerals", ways[0])
    made += constant_measures(true_counts(first), most=most, groups=first.column("group"))
    return [*made, *_large_measures(outcome, ways), *_detector_measures(outcome, ways[0])]


def _ways(outcome: Outcome) -> list[str]:
    """Return the ways to write numbers, in the order of the settings."""
    return [way for way in dict.fromkeys(outcome.column("numerals")) if not way.endswith(BY_TILES)]


def _large_measures(outcome: Outcome, ways: Sequence[str]) -> list[Measure]:
    """Return the errors of counts by tiles, of two constants, of right counts of all tiles; and how many are cut."""
    parts = {way: part for way in ways if len(part := outcome.where("numerals", f"{way}{BY_TILES}"))}
    if not parts:
        return []
    first = parts[ways[0]]
    truth, groups = true_counts(first), first.column("group")
    made = [
        measure
        for way, part in parts.items()
        for measure in error_measures(f"{way}_above", truth, named_counts(part), groups=groups)
    ]
    made += large_constants(truth, most=outcome.facts["most"], groups=groups)
    at_best = first.column("at_best")
    made += error_measures("right_tiles_above", truth, at_best, groups=groups, of_model=False)
    terms = np.column_stack((first.column("cut"), truth)).astype(np.float64)
    return [*made, Measure.of("cut_by_tiles", terms, int(truth.sum()), groups=groups, of_model=False)]


def _detector_measures(outcome: Outcome, way: str) -> list[Measure]:
    """Return how far a detector's counts are from the true ones, up to the most that captions name and above."""
    if "detected" not in outcome.table.column_names:
        return []
    made = []
    for name, numerals in (("detector", way), ("detector_above", f"{way}{BY_TILES}")):
        part = outcome.where("numerals", numerals)
        part = part.at(np.flatnonzero(part.column("detected") >= 0))
        if len(part):
            truth, counts, groups = true_counts(part), part.column("detected"), part.column("group")
            made += error_measures(name, truth, counts, groups=groups, of_model=False)
            terms = np.column_stack((counts == truth, np.ones(len(part))))
            made.append(Measure.of(f"{name}_top1", terms, len(part), groups=groups, of_model=False))
    return made


TASK = Task(
    "sarcount",
    "sarcount-1",
    Embedder,
    runs,
    measures,
    count_views,
    SarcountSettings,
    {"digits_top1": "Counting, accuracy,"},
)

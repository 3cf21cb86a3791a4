"""SARCount: how many objects of a class an image shows, by the cosine to captions that each name a number."""

from collections.abc import Sequence
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from sarvl.blocks import (
    NOTHING,
    Bars,
    Block,
    Column,
    Course,
    Curve,
    Facts,
    Gallery,
    Line,
    Matrix,
    Picture,
    Shown,
    Table,
)
from sarvl.errors import EvaluationError
from sarvl.evaluation.count_set import CountSet, count_sets
from sarvl.evaluation.evaluated import EvaluatedModel
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.row_blocks import percent, share_bars, share_cell, tiles
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.task import Task, TaskRun
from sarvl.evaluation.templates import mean_embeddings
from sarvl.language.words.lexicon import number_text
from sarvl.language.words.vocabulary import Vocabulary
from sarvl.measures.classification import classify
from sarvl.measures.counting import confusion_of_counts, constant_measures, counting_measures
from sarvl.measures.measure import Measure
from sarvl.models.protocols import Embedder
from sarvl.recipes import RecipeModel

PLACE = "{objects}"
Numerals = Literal["digits", "words"]


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
    sets = count_sets(images, settings.most, settings.per_count, settings.classes)
    if not sets:
        raise EvaluationError(
            f"{images.corpus.folder}: no source of split {images.split} has images of two different counts from 1 to "
            f"{settings.most}; counting needs boxes"
        )
    return [TaskRun(chosen.source, partial(outcome, evaluated, settings, chosen)) for chosen in sets]


def outcome(evaluated: EvaluatedModel, settings: SarcountSettings, chosen: CountSet) -> Outcome:
    """Return one row an image, class and way to write numbers; ``rank`` is that of the true count."""
    images, items = evaluated.images, chosen.items
    counts = np.array([item.number for item in items], np.int64)
    parts = [_counted(evaluated, settings, chosen, numerals) for numerals in settings.numerals]
    predicted, ranks, scores = (np.concatenate(column) for column in zip(*parts, strict=True))
    names = [f"{images.ids[item.place]}#{item.class_name}" for item in items]
    repeats = len(settings.numerals)
    return Outcome.of(
        facts={"most": settings.most, "left_out": dict(sorted(chosen.left_out.items())), "classes": chosen.classes},
        item=[f"{name}#{numerals}" for numerals in settings.numerals for name in names],
        group=[images.groups[item.place] for item in items] * repeats,
        truth=np.tile(counts, repeats).astype(str).astype(object),
        prediction=predicted.astype(str).astype(object),
        score=scores,
        rank=ranks,
        image=[images.ids[item.place] for item in items] * repeats,
        class_name=[item.class_name for item in items] * repeats,
        numerals=np.repeat(settings.numerals, len(items)).astype(object),
    )


def _counted(
    evaluated: EvaluatedModel, settings: SarcountSettings, chosen: CountSet, numerals: Numerals
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the count that is named, the rank of the true one, and the probability of the named one: all ``(N,)``."""
    embedder = evaluated.able(Embedder, "sarcount")
    predicted, ranks = (np.empty(len(chosen.items), np.int64) for _ in range(2))
    scores = np.empty(len(chosen.items))
    for class_name in chosen.classes:
        at = np.array([index for index, item in enumerate(chosen.items) if item.class_name == class_name])
        captions = [
            tuple(template.replace(PLACE, counted(number, class_name, numerals)) for template in settings.templates)
            for number in range(1, settings.most + 1)
        ]
        result = classify(
            evaluated.image_features[[chosen.items[index].place for index in at]],
            mean_embeddings(embedder.encode_texts, captions),
            [chosen.items[index].number - 1 for index in at],
            logit_scale=embedder.logit_scale,
            logit_bias=embedder.logit_bias,
        )
        predicted[at], ranks[at], scores[at] = result.predicted + 1, result.ranks, result.confidence
    return predicted, ranks, scores


def counted(number: int, class_name: str, numerals: Numerals) -> str:
    """Return number and name, such as ``3 ships`` or ``one ship``."""
    name = Vocabulary((class_name,)).names[class_name][0]
    return f"{number_text(number, numerals == 'words')} {name.singular if number == 1 else name.plural}"


def measures(outcome: Outcome) -> list[Measure]:
    """Return accuracy at all depths and MAE for each way to write numbers, of each class, and of two constants."""
    most, made = outcome.facts["most"], []
    ways = list(dict.fromkeys(outcome.column("numerals")))
    for numerals in ways:
        part = outcome.where("numerals", numerals)
        truth, predicted, groups = _truth(part), _predicted(part), part.column("group")
        made += counting_measures(numerals, truth, predicted, part.column("rank"), most=most, groups=groups)
        for class_name in outcome.facts["classes"]:
            at = part.column("class_name") == class_name
            terms = np.column_stack((part.column("rank")[at] == 1, np.ones(at.sum())))
            label = f"{numerals}_top1/{class_name}"
            made.append(Measure.of(label, terms, int(at.sum()), chance=1 / most, groups=groups[at]))
    first = outcome.where("numerals", ways[0])
    return [*made, *constant_measures(_truth(first), most=most, groups=first.column("group"))]


def _truth(outcome: Outcome) -> NDArray[np.int64]:
    return np.asarray(outcome.column("truth").astype(np.int64))


def _predicted(outcome: Outcome) -> NDArray[np.int64]:
    return np.asarray(outcome.column("prediction").astype(np.int64))


TILES = {"digits_top1": "Counting, accuracy (digits)", "words_top1": "Counting, accuracy (words)"}
CONSTANTS = {"commonest": "always the commonest count", "one": "always one"}
WORST = 12


def views(rows: Sequence[ResultRow], outcome: Outcome | None) -> list[Block]:
    """Return accuracy and error beside those of constants, accuracy by class and by depth, confusion, worst errors."""
    by_metric = {row.metric: row for row in rows}
    ways = [name for name in ("digits", "words") if f"{name}_MAE" in by_metric]
    blocks: list[Block] = [*tiles(rows, TILES), _table(by_metric, ways), *_class_bars(rows, ways)]
    if outcome is None:
        return blocks
    left_out = [(reason, str(number)) for reason, number in outcome.facts["left_out"].items() if number]
    blocks += [_depths(by_metric, ways, outcome.facts["most"]), *(_confusion(outcome, name) for name in ways)]
    return [*blocks, *worst_counts(outcome.where("numerals", ways[0])), Facts("Not asked", left_out)]


def _table(by_metric: dict[str, ResultRow], ways: Sequence[str]) -> Table:
    columns = [Column(label) for label in ("", "accuracy", "mean absolute error", "n")]
    labels = {**{name: f"the model, numbers as {name}" for name in ways}, **CONSTANTS}
    lines = []
    for name, label in labels.items():
        accuracy, error = by_metric.get(f"{name}_top1"), by_metric.get(f"{name}_MAE")
        told = f"{error.value:.2f}" if error else NOTHING
        lines.append(Line((label, share_cell(accuracy), told, str(accuracy.n) if accuracy else "")))
    chance = by_metric[f"{ways[0]}_top1"], by_metric[f"{ways[0]}_MAE"]
    lines.append(Line(("chance", percent(chance[0].chance), f"{chance[1].chance:.2f}", "")))
    return Table("Counting", columns, lines, "A model that does not count beats neither constant.")


def _class_bars(rows: Sequence[ResultRow], ways: Sequence[str]) -> list[Bars]:
    aside = f"numbers as {ways[0]}; the tick is chance"
    return share_bars("Counting accuracy by class", rows, f"{ways[0]}_top1/", aside)


def _depths(by_metric: dict[str, ResultRow], ways: Sequence[str], most: int) -> Curve:
    depths = range(1, most + 1)
    courses = [Course(name, depths, [by_metric[f"{name}_top{k}"].value for k in depths]) for name in ways]
    courses.append(Course("chance", depths, [k / most for k in depths]))
    return Curve("The true count among the first k", courses, "k", "share of the images", points=True)


def _confusion(outcome: Outcome, numerals: str) -> Matrix:
    part = outcome.where("numerals", numerals)
    counts = range(1, outcome.facts["most"] + 1)
    cells = confusion_of_counts(_truth(part), _predicted(part), counts)
    remark = "Rows are the true count, columns the one that the model named; the shade is the share of the row."
    return Matrix(f"Counts, numbers as {numerals}", [str(count) for count in counts], cells, remark)


def worst_counts(outcome: Outcome) -> list[Gallery]:
    """Return the images whose count was furthest off, of equally wrong ones the surest; none where all are right."""
    errors = np.abs(_predicted(outcome) - _truth(outcome))
    order = np.lexsort((-outcome.column("score"), -errors))[:WORST]
    pictures = [_miscounted(outcome, index) for index in order.tolist() if errors[index]]
    return [Gallery("Counts that are furthest off", pictures)] if pictures else []


def _miscounted(outcome: Outcome, row: int) -> Picture:
    image, truth, named, class_name, score = (
        outcome.column(name)[row] for name in ("image", "truth", "prediction", "class_name", "score")
    )
    lines = (f"probability of {named}: {percent(score)} %", image)
    return Picture(f"{class_name}: {truth}, named {named}", (Shown(image),), lines)


TASK = Task(
    "sarcount",
    "sarcount-1",
    Embedder,
    runs,
    measures,
    views,
    SarcountSettings,
    {"digits_top1": "Counting, accuracy,"},
)

"""Surveying: the pass of a build that counts what the questions of each source would be answered, to balance them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial
from itertools import groupby
from operator import attrgetter

from sarvl.corpus.building.describing import PlannedImage
from sarvl.corpus.corpus_info import QuestionNotAsked
from sarvl.corpus.recipe import BuildRecipe
from sarvl.errors import LanguageError
from sarvl.language.questions.balance import Prevalence, class_prevalence
from sarvl.language.questions.query import Query
from sarvl.language.questions.selection import answers_of
from sarvl.language.questions.surveys import Survey, Told, count_answers
from sarvl.parallel import Pool, map_chunks

SourceCounts = dict[int, dict[Told, Counter[str]]]
"""How often each answer is given to what a question tells, by the place of the source in the recipe."""


def survey_sources(planned: Sequence[PlannedImage], recipe: BuildRecipe, pool: Pool) -> dict[int, Survey]:
    """Return the survey of each source, by its place in the recipe; none where no questions are asked."""
    if recipe.questions is None:
        return {}
    by_source = groupby(planned, attrgetter("source"))
    prevalences: dict[int, Prevalence] = {
        number: class_prevalence(item.image for item in items) for number, items in by_source
    }
    if recipe.questions.balance == "published":
        return {number: Survey(prevalence) for number, prevalence in prevalences.items()}
    counts: SourceCounts = {number: defaultdict(Counter) for number in prevalences}
    count = partial(count_images, recipe=recipe, prevalences=prevalences)
    for counted in map_chunks(pool, count, planned, "survey questions", "images"):
        for number, answers in counted.items():
            for told, tally in answers.items():
                counts[number][told].update(tally)
    return {number: Survey(prevalence, counts[number]) for number, prevalence in prevalences.items()}


def count_images(
    planned: Sequence[PlannedImage], recipe: BuildRecipe, prevalences: dict[int, Prevalence]
) -> SourceCounts:
    """Count what the questions of a chunk of images would be answered."""
    settings = recipe.questions
    if settings is None:
        return {}
    counts: SourceCounts = {}
    for number, items in groupby(planned, attrgetter("source")):
        source = recipe.sources[number]
        answered: list[tuple[Query, str]] = []
        for item in items:
            try:
                answered += answers_of(item.image, settings, prevalences[number], recipe.seed, source.domain)
            except LanguageError as problem:
                raise LanguageError(f"source {source.name}, {item.image.file}: {problem}") from problem
        counts[number] = count_answers(answered)
    return counts


def questions_not_asked(surveys: dict[int, Survey], recipe: BuildRecipe) -> tuple[QuestionNotAsked, ...]:
    """Return the questions that are left out, since nearly every image of their source has one answer to them."""
    return tuple(
        QuestionNotAsked(source=recipe.sources[number].name, **dropped._asdict())
        for number, survey in surveys.items()
        for dropped in survey.not_asked()
    )

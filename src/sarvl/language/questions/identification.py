"""Identification: is there an object of a class, is there one in a place, are there other classes. Yes or no.

Yes and no balance for each class. Whether a class is there at all is asked at rates that follow from how common it is
in the corpus (``balance.py``). All other questions come in pairs of one yes and one no of the same class.
"""

from collections.abc import Iterator
from itertools import chain, islice, zip_longest
from random import Random

from sarvl.language.captions.scene import shuffled
from sarvl.language.geometry.layout import GRID_CELLS
from sarvl.language.questions.balance import Prevalence, known_presence, rate_of
from sarvl.language.questions.kinds.other_categories import answer as answer_other_categories
from sarvl.language.questions.layout_words import SIDES
from sarvl.language.questions.query import Query
from sarvl.language.questions.question_scene import QuestionScene

MOST_QUESTIONS = 5  # an image: SARLANG-1M has 484,620 questions of 104,985 images, 4.6 each
Pair = tuple[Query, Query]
PositionsByPresence = dict[bool, list[str]]
"""Positions in random order, by whether they hold the class."""


def identification_queries(
    scene: QuestionScene, rng: Random, most: int, share: float, prevalence: Prevalence | None
) -> list[Query]:
    """Return about ``most`` questions, of which ``share`` are kept.

    Without ``prevalence`` there are pairs alone, and "is there one" is the yes of some.
    """
    queries = [] if prevalence is None else list(_existence_queries(scene, rng, most / 2 * share, share, prevalence))
    # The classes take turns, so that each has a share of the room.
    by_class = [_pairs(scene, rng, name, prevalence is None) for name in shuffled(rng, list(scene.by_class))]
    pairs = filter(None, chain.from_iterable(zip_longest(*by_class)))
    for pair in islice(pairs, max(most - len(queries), 0) // 2):
        queries += pair if rng.random() < share else ()
    return queries


def _existence_queries(
    scene: QuestionScene, rng: Random, wanted: float, share: float, prevalence: Prevalence
) -> Iterator[Query]:
    """Yield which classes are asked for: ``wanted`` on an average, and the rarer answer in ``share`` of its images."""
    # The same for all images of a source: a rate that depended on what is there would upset the balance.
    shares = [prevalence.get(class_name, 0.0) for class_name in scene.image.labelled_classes]
    expected = sum(2 * min(common, 1 - common) for common in shares)
    kept = min(share, wanted / expected) if expected else 0.0
    for class_name, is_there in known_presence(scene.image).items():
        if rng.random() < kept * rate_of(prevalence.get(class_name, 0), is_there):
            yield Query("exists", (class_name,))


def _pairs(scene: QuestionScene, rng: Random, class_name: str, has_existence: bool) -> Iterator[Pair]:
    """Yield pairs of a yes and a no about a class that is there, in random order; none uses a position of another."""
    if not scene.may_deny(class_name):
        return
    cells = _by_presence(shuffled(rng, GRID_CELLS), class_name, scene)
    sides = _by_presence(shuffled(rng, SIDES), class_name, scene)

    def at(positions: PositionsByPresence, is_there: bool) -> Query:
        position = positions[is_there].pop()
        return Query("exists_on_side" if position in SIDES else "exists_in_cell", (class_name,), position)

    pairs = [(at(group, True), at(group, False)) for group in (sides, cells) if group[True] and group[False]]
    others = Query("other_categories", (class_name,))
    finding = answer_other_categories(others, scene)
    if finding and cells[finding.answer == "no"]:
        pairs.append((others, at(cells, finding.answer == "no")))
    if has_existence and cells[False]:
        pairs.append((Query("exists", (class_name,)), at(cells, False)))
    yield from shuffled(rng, pairs)


def _by_presence(positions: list[str], class_name: str, scene: QuestionScene) -> PositionsByPresence:
    """Part positions in those with an object's centre and those that none reaches into; between them is no answer."""
    found: PositionsByPresence = {True: [], False: []}
    for position in positions:
        is_there = bool(scene.ids(class_name, position))
        if is_there or scene.may_deny(class_name, position):
            found[is_there].append(position)
    return found

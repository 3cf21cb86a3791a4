"""Identification: is there an object of a class, is there one in a place, are there other classes. Yes or no.

Whether a class is there at all is asked at rates that follow from how common it is in the corpus (``balance.py``). All
other questions come in pairs of one yes and one no, which a survey then thins out (``surveys.py``).
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
from sarvl.language.questions.question_settings import QuestionSettings
from sarvl.language.questions.surveys import YES_NO

Pair = tuple[Query, ...]
PositionsByPresence = dict[bool, list[str]]
"""Positions in random order, by whether they hold the class."""


def identification_queries(
    scene: QuestionScene, rng: Random, settings: QuestionSettings, prevalence: Prevalence | None
) -> list[Query]:
    """Return the questions of an image, about ``settings.most_identifications``.

    Without ``prevalence`` there are pairs alone, and "is there one" is the yes of some.
    """
    most, share = settings.most_identifications, settings.share_of("identification")
    queries = [] if prevalence is None else list(_existence_queries(scene, rng, most / 2 * share, share, prevalence))
    absent = iter(shuffled(rng, _absent(scene)))
    # The classes take turns, so that each has a share of the room.
    by_class = [
        _published_pairs(scene, rng, name, prevalence is not None)
        if settings.balance == "published"
        else _pairs(scene, rng, (name, *islice(absent, 1)), prevalence is not None)
        for name in shuffled(rng, list(scene.by_class))
    ]
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


def _pairs(scene: QuestionScene, rng: Random, names: tuple[str, ...], is_surveyed: bool) -> Iterator[Pair]:
    """Yield pairs of a yes and a no of one kind, in random order: about places of a class, or about two classes.

    names: a class that is there and, where there is one, a class that is not. Where the source is surveyed, a yes or a
    no need have no partner in its image.
    """
    class_name = names[0]
    if not scene.may_deny(class_name):
        return
    sides, cells = _places(scene, rng, class_name)
    pairs = [_at_both(class_name, group) for group in (sides, cells) if group[True] and group[False]]
    queries = [Query("other_categories", (name,)) for name in names]
    others = {query: finding.answer for query in queries if (finding := answer_other_categories(query, scene))}
    if is_surveyed or set(others.values()) == YES_NO:
        pairs.append(tuple(others))
    if not is_surveyed and len(names) > 1:
        pairs.append(tuple(Query("exists", (name,)) for name in names))
    yield from shuffled(rng, pairs)


def _absent(scene: QuestionScene) -> list[str]:
    """Return the classes that may be denied and are not there."""
    return [name for name in scene.classes if name not in scene.by_class and scene.may_deny(name)]


def _places(scene: QuestionScene, rng: Random, class_name: str) -> tuple[PositionsByPresence, PositionsByPresence]:
    """Return the sides, and the cells, that hold the class, and that do not."""
    cells = _by_presence(shuffled(rng, GRID_CELLS), class_name, scene)
    return _by_presence(shuffled(rng, SIDES), class_name, scene), cells


def _at_both(class_name: str, positions: PositionsByPresence) -> tuple[Query, ...]:
    """Return a yes and a no, and take their positions out of ``positions``."""
    return tuple(_at(class_name, positions[is_there].pop()) for is_there in (True, False))


def _at(class_name: str, position: str) -> Query:
    return Query("exists_on_side" if position in SIDES else "exists_in_cell", (class_name,), position)


def _published_pairs(scene: QuestionScene, rng: Random, class_name: str, is_surveyed: bool) -> Iterator[Pair]:
    """Yield pairs of a yes and a no about a class that is there, in random order; none uses a position of another."""
    if not scene.may_deny(class_name):
        return
    sides, cells = _places(scene, rng, class_name)
    pairs = [_at_both(class_name, group) for group in (sides, cells) if group[True] and group[False]]
    others = Query("other_categories", (class_name,))
    finding = answer_other_categories(others, scene)
    if finding and cells[finding.answer == "no"]:
        pairs.append((others, _at(class_name, cells[finding.answer == "no"].pop())))
    if not is_surveyed and cells[False]:
        pairs.append((Query("exists", (class_name,)), _at(class_name, cells[False].pop())))
    yield from shuffled(rng, pairs)


def _by_presence(positions: list[str], class_name: str, scene: QuestionScene) -> PositionsByPresence:
    """Part positions in those with an object's centre and those that none reaches into; between them is no answer."""
    by_presence: PositionsByPresence = {True: [], False: []}
    for position in positions:
        is_there = bool(scene.ids(class_name, position))
        if is_there or scene.may_deny(class_name, position):
            by_presence[is_there].append(position)
    return by_presence

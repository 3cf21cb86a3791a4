"""Identification: is there an object of a class, is there one in a place, are there other classes. Yes or no.

Yes and no balance for each class. Whether a class is there at all is asked at rates that follow from how common it is
in the corpus (``balance.py``). All other questions come in pairs of one yes and one no of the same class.
"""

from collections.abc import Iterator, Set
from itertools import chain, islice, zip_longest
from random import Random

from sarvl.language.captions.scene import shuffled
from sarvl.language.claims.construction import in_canonical_order, quantity_claim
from sarvl.language.geometry.layout import CELLS_OF, GRID_CELLS
from sarvl.language.questions.balance import Prevalence, known_presence, rate_of
from sarvl.language.questions.family import QuestionFamily
from sarvl.language.questions.layout_words import SIDES
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.statement import Group
from sarvl.language.words.name_meaning import are_related

MOST_QUESTIONS = 5  # an image: SARLANG-1M has 484,620 questions of 104,985 images, 4.6 each
Pair = tuple[Query, Query]
Places = dict[bool, list[str]]
"""Places in random order, by whether they hold the class."""


def _exists(query: Query, scene: QuestionScene) -> Finding | None:
    (class_name,) = query.classes
    group = Group(class_name, query.place)
    ids = scene.layout.ids(group)
    if ids or group == Group(scene.image.label or ""):
        return Finding("yes", (quantity_claim(group, "at least", 1, ids),))
    return Finding("no", (quantity_claim(group, "exactly", 0),)) if scene.may_deny(class_name) else None


def _other_categories(query: Query, scene: QuestionScene) -> Finding | None:
    """Return yes with the other classes that are there, or no with the absence of all others that the source labels.

    None for chips, and no "no" where there is land cover, which is of other categories.
    """
    (class_name,) = query.classes
    others = [other for other in scene.classes if other != class_name]
    if scene.image.label is not None or not others or any(are_related(class_name, other) for other in others):
        return None
    there = [other for other in others if other in scene.by_class]
    if there:
        return Finding("yes", tuple(quantity_claim(Group(other), "at least", 1, scene.ids(other)) for other in there))
    if class_name not in scene.by_class or scene.image.land_cover:
        return None
    return Finding("no", in_canonical_order(quantity_claim(Group(other), "exactly", 0) for other in others))


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
    """Yield pairs of a yes and a no about a class that is there, in random order; none uses a place of another."""
    if not scene.may_deny(class_name):
        return
    occupied = {group.position for group in scene.layout.occupied_cells if group.class_name == class_name}
    cells = _by_presence(shuffled(rng, GRID_CELLS), occupied)
    sides = _by_presence(shuffled(rng, SIDES), {side for side in SIDES if not occupied.isdisjoint(CELLS_OF[side])})

    def at(places: Places, is_there: bool) -> Query:
        place = places[is_there].pop()
        return Query("exists_on_side" if place in SIDES else "exists_in_cell", (class_name,), place)

    pairs = [(at(places, True), at(places, False)) for places in (sides, cells) if places[True] and places[False]]
    others = Query("other_categories", (class_name,))
    finding = _other_categories(others, scene)
    if finding and cells[finding.answer == "no"]:
        pairs.append((others, at(cells, finding.answer == "no")))
    if has_existence and cells[False]:
        pairs.append((Query("exists", (class_name,)), at(cells, False)))
    yield from shuffled(rng, pairs)


def _by_presence(places: list[str], occupied: Set[str | None]) -> Places:
    return {is_there: [place for place in places if (place in occupied) == is_there] for is_there in (True, False)}


FAMILIES = (
    QuestionFamily(
        "exists",
        "identification",
        "yes/no",
        (
            "Is there {a_cat} in the image?",
            "Are there any {cats} in this {image}?",
            "Does this {image} show any {cats}?",
            "Can any {cats} be seen in the image?",
        ),
        _exists,
    ),
    QuestionFamily(
        "exists_on_side",
        "identification",
        "yes/no",
        (
            "Is there {a_cat} located on the {place} of the image?",
            "Are there any {cats} on the {place} of this {image}?",
            "Does the {place} of the image show any {cats}?",
        ),
        _exists,
    ),
    QuestionFamily(
        "exists_in_cell",
        "identification",
        "yes/no",
        (
            "Is there {a_cat} located in the {place} of the image?",
            "Are there any {cats} in the {place} of this {image}?",
            "Does the {place} of the image show any {cats}?",
        ),
        _exists,
    ),
    QuestionFamily(
        "other_categories",
        "identification",
        "yes/no",
        (
            "Are there any other categories apart from {category} in the image?",
            "Apart from {category}, are there any other categories in this {image}?",
            "Does this {image} show any category other than {category}?",
        ),
        _other_categories,
    ),
)

"""Main object: the class of which there is most."""

from random import Random

from sarvl.language.captions.scene import shuffled
from sarvl.language.claims.construction import in_canonical_order, quantity_claim
from sarvl.language.group import Group
from sarvl.language.questions.category_order import classes_by_rank, rank
from sarvl.language.questions.choices import other_classes
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import Alternatives, QuestionKind
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.words.lexicon import effect_of


def answer(_: Query, scene: QuestionScene) -> Finding | None:
    """Return the most frequent class of objects, ties by total area; shadows and wakes are no objects.

    None where both tie, for chips, where an object was refused, and where the name of a class that is there could mean
    another one.
    """
    ranked = [class_name for class_name in classes_by_rank(scene) if not effect_of(class_name)]
    is_told = scene.image.label is None and scene.is_complete and all(map(scene.is_clear, scene.by_class))
    if not ranked or not is_told:
        return None
    first, *rest = ranked
    if rest and rank(first, scene) == rank(rest[0], scene):
        return None
    claims = [quantity_claim(Group(name), "exactly", len(ids), tuple(ids)) for name, ids in scene.by_class.items()]
    return Finding(scene.word(first), in_canonical_order(claims))


def propose(scene: QuestionScene, rng: Random) -> list[Alternatives]:
    """Return one question, about the main object or all categories; none where the source labels one class alone."""
    if scene.image.label is not None or scene.has_one_class:
        return []
    return [tuple(shuffled(rng, (Query("main_object"), Query("categories"))))]


KIND = QuestionKind(
    application="classification",
    answer_type="class set",
    templates=(
        "What is the main object in the image?",
        "What is the main category in this {image}?",
        "Which category is the main one in the image?",
    ),
    sketch="what (category )?main",
    words={"main": ("main object", "main category", "main one")},
    answer=answer,
    wrong_answers=other_classes,
    propose=propose,
    order=1,
)

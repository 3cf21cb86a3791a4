"""Categories: all classes that are there."""

from sarvl.language.captions.phrases import listed
from sarvl.language.claims.construction import in_canonical_order, quantity_claim
from sarvl.language.group import Group
from sarvl.language.questions.category_order import classes_by_rank
from sarvl.language.questions.choices import changed_lists, other_lists
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import QuestionKind
from sarvl.language.questions.question_scene import QuestionScene


def answer(_: Query, scene: QuestionScene) -> Finding | None:
    """Return all classes that are there, and claim that no other labelled one is.

    None for chips, for images with land cover, where an object was refused, and where the source labels fewer than two
    classes or not all that are there: "all categories" would then say more than it knows.
    """
    is_narrow = len(scene.classes) < 2 or bool(scene.image.land_cover)
    if not scene.by_class or is_narrow or not scene.is_complete or not all(map(scene.may_deny, scene.classes)):
        return None
    claims = [quantity_claim(Group(name), "at least", 1, scene.ids(name)) for name in scene.by_class]
    claims += [quantity_claim(Group(name), "exactly", 0) for name in scene.classes if name not in scene.by_class]
    return Finding(listed([scene.word(name) for name in classes_by_rank(scene)]), in_canonical_order(claims))


def wrong_answers(_: Query, __: str, scene: QuestionScene) -> list[str]:
    """Return lists that lack one of the classes, or hold an absent one."""
    absent = [scene.word(name) for name in scene.classes if name not in scene.by_class]
    return changed_lists([scene.word(name) for name in classes_by_rank(scene)], absent)


KIND = QuestionKind(
    application="classification",
    answer_type="class set",
    templates=(
        "What are the categories visible in the image?",
        "Which categories are visible in this {image}?",
        "Name all categories that are visible in the image.",
    ),
    sketch="what (all )?category",
    answer=answer,
    wrong_answers=wrong_answers,
    excludes=other_lists,
    order=2,
)

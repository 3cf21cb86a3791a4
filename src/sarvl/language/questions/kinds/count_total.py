"""Total count: how many objects of several classes there are together; ``count`` proposes it."""

from sarvl.language.claims.construction import in_canonical_order, quantity_claim
from sarvl.language.group import Group
from sarvl.language.questions.choices import near_counts, other_counts
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import QuestionKind
from sarvl.language.questions.question_scene import QuestionScene


def answer(query: Query, scene: QuestionScene) -> Finding | None:
    """Return the sum over classes that are all there; None where an object could count for two of them."""
    names = query.classes
    ids = [scene.ids(name) for name in names]
    if len(set(names)) < max(len(names), 2) or not all(ids) or not all(map(scene.is_clear, names)):
        return None
    if scene.neighbours.has_mixed:
        return None
    claims = [quantity_claim(Group(name), "exactly", len(own), own) for name, own in zip(names, ids, strict=True)]
    return Finding(str(sum(map(len, ids))), in_canonical_order(claims))


KIND = QuestionKind(
    application="counting",
    answer_type="number",
    templates=(
        "How many {all_cats} are there in the image in total?",
        "What is the total number of {all_cats} in this {image}?",
    ),
    sketch="(what )?how_many class( class)+ total|(what )?sum class( class)+",
    words={"total": ("in total", "altogether")},
    answer=answer,
    wrong_answers=near_counts,
    excludes=other_counts,
    order=3,
)

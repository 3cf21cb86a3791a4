"""Tags: what makes a question hard, from the objects that its answer rests on."""

from collections.abc import Sequence

from sarvl.language.claims.claim import Claim
from sarvl.language.claims.kinds.count import MANY_IS_MORE_THAN, Count
from sarvl.language.questions.question_scene import QuestionScene


def tags_of(claims: Sequence[Claim], scene: QuestionScene) -> tuple[str, ...]:
    """Return ``many``, ``small`` and ``dense``, where they hold.

    many: exact counts of more than ten in all. small: more than half of the objects have a box of less than 32 x 32
    pixels, as COCO counts. dense: more than half of them have another object close by (``neighbours.py``). An answer
    that rests on no object has no tags.
    """
    ids = {index for claim in claims for index in claim.objects}
    if not ids:
        return ()
    counted = sum(claim.number for claim in claims if isinstance(claim, Count) and claim.comparison == "exactly")
    tags = ["many"] if counted > MANY_IS_MORE_THAN else []
    if 2 * len(ids & scene.small) > len(ids):
        tags.append("small")
    if 2 * len(ids & scene.neighbours.crowded) > len(ids):
        tags.append("dense")
    return tuple(tags)

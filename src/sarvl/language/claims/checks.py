"""Whether an image's annotation bears out a claim."""

from sarvl.annotations import AnnotatedImage
from sarvl.language.claims.claim import Claim
from sarvl.language.geometry.layout import POSITIONS, Layout
from sarvl.language.geometry.oriented_box import DIAGONAL, ORIENTATIONS
from sarvl.language.words.open_classes import is_closed

_POSITIONS = frozenset(POSITIONS)


def problem_with(claim: Claim, image: AnnotatedImage, layout: Layout) -> str | None:
    """Return why the annotation does not bear out ``claim``, or None where it does."""
    for group in claim.groups():
        if group.position is not None and group.position not in _POSITIONS:
            return f"{group.position!r} is no position; use one of {', '.join(POSITIONS)}"
        if group.orientation is not None and group.orientation not in (*ORIENTATIONS, DIAGONAL):
            return f"{group.orientation!r} is no orientation; use one of {', '.join((*ORIENTATIONS, DIAGONAL))}"
    problem = claim.problem(image, layout)
    opened = [group.class_name for group in claim.groups() if not is_closed(group.class_name, image)]
    if problem and opened:
        return f"an object that may be of class {opened[0]!r} was refused, so that nothing is said of it ({problem})"
    return problem

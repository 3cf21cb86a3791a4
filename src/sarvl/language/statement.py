"""Statement: one sentence, what it claims, and the objects that each claim rests on."""

from typing import Literal, NamedTuple

from sarvl.language.claims.claim import Claim
from sarvl.language.claims.geometric_changes import changes_kept
from sarvl.language.geometry.changes import NO_CHANGE, Changes

NARRATED = "narrated"
"""The family of captions that a model wrote of an image."""
Kind = Literal["caption", "question"]
AnswerType = Literal["yes/no", "number", "class set", "position", "box", "text"]
Application = Literal[
    "description", "identification", "classification", "counting", "region referring", "positioning", "others"
]


class Statement(NamedTuple):
    """A text about an image; ``producer`` is ``rule:<family>``, ``model:<id>`` or ``human``.

    kind: caption, or question (then ``text`` is the question and ``answer`` its answer).
    claims: all that the text (with its answer) asserts, each once, in the order of ``in_canonical_order``.
    answer_type: how the answer is to be scored. application: which of SARLANG-1M's seven the question belongs to.
    options: the choices of a multiple-choice question, all different, the answer among them.
    tags: what makes the question hard: ``many`` (a count over ten), ``small``, ``dense``.
    """

    text: str
    family: str
    claims: tuple[Claim, ...]
    producer: str
    kind: Kind = "caption"
    answer: str | None = None
    answer_type: AnswerType | None = None
    application: Application | None = None
    options: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def keeps(self, label: str | None = None) -> Changes:
        """Return the geometric changes of its image that keep it true; ``label`` is that of the image.

        None for a question, which may show boxes that no claim has, and for a text without claims.
        """
        return NO_CHANGE if self.kind == "question" else changes_kept(self.claims, label)

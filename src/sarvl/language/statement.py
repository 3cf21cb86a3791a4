"""Statement: one sentence, what it claims, and the objects that each claim rests on."""

from typing import Literal, NamedTuple

ClaimKind = Literal["presence", "absence", "count", "relation"]
Comparison = Literal["exactly", "at least"]
Relation = Literal["above", "left of"]
Kind = Literal["caption", "question"]
AnswerType = Literal["yes/no", "number", "class set", "position", "box", "text"]
Application = Literal[
    "description", "identification", "classification", "counting", "region referring", "positioning", "others"
]


class Group(NamedTuple):
    """Objects of one class, in one grid cell (``upper left`` ... ``lower right``), ``outside center``, or anywhere."""

    class_name: str
    position: str | None = None


class Claim(NamedTuple):
    """One checkable assertion, in the one form that its meaning has.

    presence / absence: there is (no) object in ``group``; presence is also what an image's label says.
    count: ``group`` holds ``comparison`` ``number`` objects (exactly 1 or more, at least 2 or more).
    relation: ``group`` lies ``relation`` ``other``; below and right of are held with the groups exchanged.
    objects: indices into ``AnnotatedImage.objects`` that the claim rests on (both groups for a relation, none where it
    rests on the image's label); evidence only, not part of what is claimed.
    Build claims with ``claims.quantity_claim`` and ``claims.relation_claim``.
    """

    kind: ClaimKind
    group: Group
    number: int | None = None
    comparison: Comparison | None = None
    relation: Relation | None = None
    other: Group | None = None
    objects: tuple[int, ...] = ()

    def meaning(self) -> "Claim":
        """Return the claim without its evidence, for comparing."""
        return self._replace(objects=())


class Statement(NamedTuple):
    """A text about an image; ``producer`` is ``rule:<family>``, ``model:<id>`` or ``human``.

    kind: caption, or question (then ``text`` is the question and ``answer`` its answer).
    claims: all that the text (with its answer) asserts, each once, in the order of ``claims.in_canonical_order``.
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

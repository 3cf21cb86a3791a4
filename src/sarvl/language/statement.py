"""Statement: one sentence, what it claims, and the objects that each claim rests on."""

from typing import Literal, NamedTuple

ClaimKind = Literal["presence", "absence", "count", "relation", "size", "extent", "share", "speckle"]
Comparison = Literal["exactly", "at least"]
Relation = Literal["above", "left of", "has"]
Orientation = Literal["horizontal", "vertical", "rising", "falling", "diagonal"]
Amount = Literal["dominant", "large areas", "some", "small amount"]
SpeckleStrength = Literal["strong", "moderate", "weak"]
Kind = Literal["caption", "question"]
AnswerType = Literal["yes/no", "number", "class set", "position", "box", "text"]
Application = Literal[
    "description", "identification", "classification", "counting", "region referring", "positioning", "others"
]


class Group(NamedTuple):
    """Objects of one class: in one grid cell (``upper left`` ... ``lower right``), ``outside center``, or anywhere.

    In questions also on a side (``left side`` ... ``bottom side``), the three cells along it.
    orientation: only those whose oriented box lies so; rising and falling are both diagonal.
    """

    class_name: str
    position: str | None = None
    orientation: Orientation | None = None


WHOLE_IMAGE = Group("")  # what a claim about speckle is of


class Claim(NamedTuple):
    """One checkable assertion, in the one form that its meaning has.

    presence / absence: there is (no) object in ``group``; presence is also what an image's label says.
    count: ``group`` holds ``comparison`` ``number`` objects (exactly 1 or more, at least 2 or more).
    relation: ``group`` lies ``relation`` ``other``; below and right of are held with the groups exchanged. Has: an
    object of ``group`` has the shadow or wake that ``other`` names.
    size: an object of ``group`` is about ``size_m`` (length, width) metres long and wide; extent: its axis-aligned box
    is about ``size_m`` across and down.
    share: the class of ``group`` covers about ``number`` percent of the ground, or as much as ``amount`` says.
    speckle: the whole image has speckle of the strength ``amount``.
    objects: indices into ``AnnotatedImage.objects`` that the claim rests on (both groups for a relation, none where it
    rests on the image's label, land cover or looks); evidence only, not part of what is claimed.
    Build claims with the functions of ``claims.py``.
    """

    kind: ClaimKind
    group: Group
    number: int | None = None
    comparison: Comparison | None = None
    relation: Relation | None = None
    other: Group | None = None
    objects: tuple[int, ...] = ()
    amount: Amount | SpeckleStrength | None = None
    size_m: tuple[int, int] | None = None

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

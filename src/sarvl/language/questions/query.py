"""Query: what a question asks, apart from its words; and Finding, what the annotation answers."""

from typing import Literal, NamedTuple

from sarvl.language.claims.claim import Claim

Region = tuple[int, int, int, int]
"""A box as questions write it: x and y of the upper left corner, width and height, in whole pixels [SARLANG]."""

More = Literal["more", "fewer"]


class Query(NamedTuple):
    """What is asked: of which kind, about which classes, where; ``more`` only where two counts are compared.

    position: a grid cell or a side, as in ``Group.position``. region: the box that the question shows.
    """

    kind: str
    classes: tuple[str, ...] = ()
    position: str | None = None
    region: Region | None = None
    more: More | None = None


class Finding(NamedTuple):
    """The answer that the annotation gives to a query, and the claims, with evidence, that it rests on."""

    answer: str
    claims: tuple[Claim, ...]


def region_text(region: Region) -> str:
    """Return "[12, 34, 5, 6]"."""
    return str(list(region))

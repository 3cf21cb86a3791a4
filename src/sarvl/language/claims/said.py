"""Said: what the claims of one text say of the claim of another: that it is true, that it is not, or neither."""

from collections.abc import Sequence
from math import inf
from typing import Literal

from sarvl.language.claims.claim import Claim
from sarvl.language.claims.kinds.absence import Absence
from sarvl.language.claims.kinds.count import Count
from sarvl.language.claims.kinds.only import Only
from sarvl.language.claims.kinds.presence import Presence
from sarvl.language.claims.kinds.relation import Relation
from sarvl.language.geometry.layout import CELLS_OF, CENTER, GRID_CELLS, OUTSIDE_CENTER
from sarvl.language.geometry.oriented_box import DIAGONAL
from sarvl.language.group import Group

Stance = Literal["true", "false", "others", "open"]
"""Others: it names other classes, or other places of the class, and leaves the claim open."""

_OF_ONE_VALUE = ("size", "extent", "share", "speckle")  # kinds of which two of one group cannot both be true


class Said:
    """What the claims of a text leave possible: of each group, how many objects there are at least and at most."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        """Take in the claims of one text, which are held to be true."""
        self._claims = {claim.meaning(): claim for claim in claims}
        self._valued = {(claim.kind, claim.group) for claim in claims}
        self._least: dict[Group, float] = {}
        self._most: dict[Group, float] = {}
        self._only = [set(claim.class_names) for claim in claims if isinstance(claim, Only)]
        positive = (claim for claim in claims if not isinstance(claim, Absence))
        self._named = [group for claim in positive for group in claim.groups() if group.class_name]
        for claim in claims:
            for group, (least, most) in _numbers(claim).items():
                self._least[group] = max(least, self._least.get(group, 0))
                self._most[group] = min(most, self._most.get(group, inf))

    def stance(self, claim: Claim) -> Stance:
        """Return what the text says of a claim: it need not be said in so many words, "2 ships" has it of "ships"."""
        if claim.meaning() in self._claims:
            return "true"
        answer = self._by_numbers(claim)
        if answer is None:
            return "others" if self._names_others(claim) else "open"
        return "true" if answer else "false"

    def _by_numbers(self, claim: Claim) -> bool | None:
        """Return whether a claim must be true; None where it may be and may not."""
        if isinstance(claim, Count | Presence | Absence):
            ((group, (least, most)),) = _numbers(claim).items()
            known_least, known_most = self._at_least(group), self._at_most(group)
            if known_least >= least and known_most <= most:
                return True
            return False if known_most < least or known_least > most else None
        if isinstance(claim, Relation) and self._speaks_against(claim):
            return False
        if claim.kind in _OF_ONE_VALUE:
            return False if (claim.kind, claim.group) in self._valued else None
        return None

    def _speaks_against(self, claim: Relation) -> bool:
        if any(self._at_most(group) == 0 for group in claim.groups()):
            return True
        relations = (own for own in self._claims.values() if isinstance(own, Relation))
        exchanged = (claim.relation, claim.other, claim.group)
        return any((own.relation, own.group, own.other) == exchanged for own in relations)

    def _at_least(self, group: Group) -> float:
        """Return how many there are at least: as said of a part of them, or of parts that do not overlap."""
        inside = [(part, number) for part, number in self._least.items() if _is_within(part, group)]
        by_place: dict[str, float] = {}
        for part, number in inside:
            by_place[part.position or ""] = max(number, by_place.get(part.position or "", 0))
        cells = sum(number for place, number in by_place.items() if place in GRID_CELLS)
        halves = by_place.get(OUTSIDE_CENTER, 0) + by_place.get(CENTER, 0)
        return max([cells, halves, *by_place.values()])

    def _at_most(self, group: Group) -> float:
        """Return how many there may be: as said of what holds them, without those that are elsewhere in it."""
        if any(group.class_name not in names for names in self._only):
            return 0
        most = inf
        for whole, number in self._most.items():
            if _is_within(group, whole):
                elsewhere = _cells(whole) - _cells(group)
                most = min(most, number - sum(self._at_least(whole._replace(position=cell)) for cell in elsewhere))
        return max(most, 0)

    def _names_others(self, claim: Claim) -> bool:
        if isinstance(claim, Absence) or not claim.group.class_name:
            return False
        places = [group.position for group in self._named if group.class_name == claim.group.class_name]
        is_of_place = any(group.position for group in claim.groups())
        return bool(self._named and not places) or (is_of_place and any(places))


def _numbers(claim: Claim) -> dict[Group, tuple[float, float]]:
    """Return the groups whose number a claim limits, with the least and the most."""
    if isinstance(claim, Count):
        bounds = {
            "exactly": (claim.number, claim.number),
            "at least": (claim.number, inf),
            "at most": (0, claim.number),
        }
        return {claim.group: bounds[claim.comparison]}
    if isinstance(claim, Absence):
        return {claim.group: (0, 0)}
    return dict.fromkeys(claim.groups(), (1, inf)) if isinstance(claim, Presence | Relation) else {}


def _cells(group: Group) -> frozenset[str]:
    position = group.position
    return frozenset(GRID_CELLS if position is None else CELLS_OF.get(position, (position,)))


def _is_within(part: Group, whole: Group) -> bool:
    """Tell whether all objects of ``part`` are objects of ``whole``."""
    if part.class_name != whole.class_name or not _cells(part) <= _cells(whole):
        return False
    is_diagonal = whole.orientation == DIAGONAL and part.orientation in ("rising", "falling")
    return whole.orientation in (None, part.orientation) or is_diagonal

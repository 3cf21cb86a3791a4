"""What a clause holds while it is read: the classes named so far, and the words of quantity that wait for one."""

from collections.abc import Callable
from dataclasses import dataclass

from sarvl.errors import LanguageError
from sarvl.language.claims.claim import Claim
from sarvl.language.claims.construction import quantity_claim
from sarvl.language.claims.kinds.count import Comparison
from sarvl.language.group import Group, Orientation
from sarvl.language.reader.symbols import GroundClaim


@dataclass(slots=True)
class Mention:
    """A class named in a clause, with its quantity, place and whatever else is said of it.

    said: makes the claim of one object, where one is made. ground: makes that of land cover.
    """

    class_name: str
    comparison: Comparison
    count: int
    position: str | None = None
    orientation: Orientation | None = None
    said: Callable[[Group], Claim] | None = None
    ground: GroundClaim | None = None

    def group(self) -> Group:
        """Return the objects that are meant."""
        return Group(self.class_name, self.position, self.orientation)

    def claim(self) -> Claim:
        """Return what is said of them; LanguageError where a share has a place."""
        if self.ground is not None:
            if self.position:
                raise LanguageError(f"the share of {self.class_name!r} is of the whole image, not of a place")
            return self.ground.claim(self.group())
        if self.said is not None:
            return self.said(self.group())
        return quantity_claim(self.group(), self.comparison, self.count)


@dataclass(slots=True)
class Quantity:
    """Words of quantity that wait for a class or a place."""

    comparison: Comparison = "at least"
    count: int | None = None
    bound: Comparison | None = None  # where the text says one
    above_bound: int = 0  # 1 for "more than"
    ground: GroundClaim | None = None  # a share, of a class of land cover
    if_ground: GroundClaim | None = None  # the share that it is if a class of land cover follows
    has_article: bool = False
    is_detached: bool = False  # words stand between the number and what follows

    def is_open(self) -> bool:
        """Tell whether there are words of quantity at all."""
        return self.count is not None or self.bound is not None or self.ground is not None

    def could_be_shared_by(self, following: "Quantity") -> bool:
        """Tell whether this could hold for the next class too: "3 ships and tanks", "at least 3 ships and 2 tanks"."""
        if not following.is_open():
            return self.is_open() and not following.has_article
        is_plain_number = following.comparison == "exactly" and bool(following.count) and following.bound is None
        return self.bound == "at least" and is_plain_number

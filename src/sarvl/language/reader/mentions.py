"""What a clause holds while it is read: the classes named so far, and the words of quantity that wait for one."""

from collections.abc import Callable
from dataclasses import dataclass

from sarvl.errors import LanguageError
from sarvl.language.claims.claim import Claim
from sarvl.language.claims.construction import quantity_claim
from sarvl.language.claims.kinds.count import Comparison
from sarvl.language.geometry.layout import CENTER, OUTSIDE_CENTER
from sarvl.language.group import Group, Orientation
from sarvl.language.reader.symbols import ArticleWord, GroundClaim


@dataclass(slots=True)
class Mention:
    """A class named in a clause, with its quantity, place and whatever else is said of it.

    said: makes the claim of one object, where one is made. ground: makes that of land cover. article: the one before a
    name without a quantity. is_bare: nothing stood before the name. is_named: by its own name, not by a number alone.
    is_singular: the name has a plural, and was none. is_part: "two of the" stands before it. is_only: the text speaks
    of the one object of its class. is_another: it is one more than those named before.
    """

    class_name: str
    comparison: Comparison
    count: int
    position: str | None = None
    orientation: Orientation | None = None
    said: Callable[[Group], Claim] | None = None
    ground: GroundClaim | None = None
    article: ArticleWord | None = None
    is_bare: bool = False
    is_named: bool = False
    is_singular: bool = False
    is_part: bool = False
    is_only: bool = False
    is_another: bool = False

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

    def claim_is_of_number(self) -> bool:
        """Tell whether nothing is said but the class: the number of its objects can be compared."""
        no_more = (self.position, self.orientation, self.said, self.ground) == (None, None, None, None)
        return no_more and (self.is_bare or self.article == "the")

    def has_number(self, is_plural: bool) -> bool:
        """Tell whether the name itself shows that it is a plural, or none; "aircraft" could be either."""
        return self.is_singular != is_plural and (self.count > 1) == is_plural

    def is_counted(self) -> bool:
        """Tell whether a number or a bound stood before the name."""
        return self.is_named and not self.is_bare and self.article is None and self.ground is None

    def can_be_added_to(self) -> bool:
        """Tell whether another object can be counted beside these: "one ship and another"."""
        no_more = (self.orientation, self.said, self.ground) == (None, None, None)
        return no_more and self.count > 0 and not self.is_only and not self.is_part and self.comparison != "at most"

    def add(self, other: "Mention") -> None:
        """Count the other's objects with these."""
        self.count += other.count
        self.is_singular = self.is_bare = False

    def could_count_again(self, other: "Mention") -> bool:
        """Tell whether an object could count for both, where a reader would add them: "2 ships and 1 ship"."""
        if self.class_name != other.class_name or not (self.is_named and other.is_named and self.count and other.count):
            return False
        positions = {self.position, other.position}
        if None in positions or len(positions) == 1:
            return self.orientation is None or self.orientation == other.orientation
        return OUTSIDE_CENTER in positions and CENTER not in positions


@dataclass(slots=True)
class Quantity:
    """Words of quantity that wait for a class or a place."""

    comparison: Comparison = "at least"
    count: int | None = None
    bound: Comparison | None = None  # where the text says one
    above_bound: int = 0  # 1 for "more than"
    said_number: int | None = None  # that the name must agree with
    ground: GroundClaim | None = None  # a share, of a class of land cover
    if_ground: GroundClaim | None = None  # the share that it is if a class of land cover follows
    article: ArticleWord | None = None
    is_detached: bool = False  # words stand between the number and what follows
    carries_on: bool = False  # a zero that holds for the next class too
    only: bool = False  # "only" stands before it
    is_another: bool = False  # one more than those named before

    def is_open(self) -> bool:
        """Tell whether there are words of quantity at all."""
        return self.count is not None or self.bound is not None or self.ground is not None

    def could_be_shared_by(self, following: "Quantity") -> bool:
        """Tell whether this could hold for the next class too: "3 ships and tanks", "at least 3 ships and 2 tanks"."""
        if not following.is_open():
            return self.is_open() and not following.article
        is_plain_number = following.comparison == "exactly" and bool(following.count) and following.bound is None
        return self.bound in ("at least", "at most") and is_plain_number

"""What a clause holds while it is read: the classes named so far, and the words of quantity that wait for one."""

from dataclasses import dataclass
from typing import Literal

from sarvl.errors import LanguageError
from sarvl.language.claims.construction import quantity_claim, share_claim, size_claim
from sarvl.language.reader.grammar import Symbol
from sarvl.language.statement import Amount, Claim, Comparison, Group, Orientation


@dataclass(slots=True)
class Mention:
    """A class named in a clause, with its quantity, place and whatever else is said of it."""

    class_name: str
    comparison: Comparison
    count: int
    position: str | None = None
    orientation: Orientation | None = None
    size: Symbol | None = None
    share: Amount | int | None = None

    def group(self) -> Group:
        """Return the objects that are meant."""
        return Group(self.class_name, self.position, self.orientation)

    def claim(self) -> Claim:
        """Return what is said of them; LanguageError where a share has a place."""
        if self.share is not None:
            if self.position:
                raise LanguageError(f"the share of {self.class_name!r} is of the whole image, not of a place")
            return share_claim(self.group(), self.share)
        if self.size is not None:
            kind: Literal["size", "extent"] = "size" if self.size.kind == "size" else "extent"
            return size_claim(kind, self.group(), (self.size.number, self.size.second_number))
        return quantity_claim(self.group(), self.comparison, self.count)


@dataclass(slots=True)
class Quantity:
    """Words of quantity that wait for a class or a place."""

    comparison: Comparison = "at least"
    count: int | None = None
    bound: str | None = None  # "exactly" or "at least", where the text says so
    above_bound: int = 0  # 1 for "more than"
    share: Amount | int | None = None  # of a class of land cover
    follows_some: bool = False
    has_article: bool = False
    is_detached: bool = False  # words stand between the number and what follows

    def is_open(self) -> bool:
        """Tell whether there are words of quantity at all."""
        return self.count is not None or self.bound is not None or self.share is not None

    def could_be_shared_by(self, following: "Quantity") -> bool:
        """Tell whether this could hold for the next class too: "3 ships and tanks", "at least 3 ships and 2 tanks"."""
        if not following.is_open():
            return self.is_open() and not following.has_article
        is_plain_number = following.comparison == "exactly" and bool(following.count) and following.bound is None
        return self.bound == "at least" and is_plain_number

"""OnDemand: a sequence that makes its items when they are asked for, so that a corpus is never in memory as a whole."""

from collections.abc import Callable, Sequence
from typing import TypeVar, overload

Item = TypeVar("Item")


class OnDemand(Sequence[Item]):
    """``length`` items; ``make`` returns those of a range of places, one a place, and is called for each slice."""

    def __init__(self, length: int, make: Callable[[range], list[Item]]) -> None:
        self._places = range(length)
        self._make = make

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, place: int) -> Item: ...
    @overload
    def __getitem__(self, place: slice) -> list[Item]: ...
    def __getitem__(self, place: int | slice) -> Item | list[Item]:
        """Make the items of a slice, or one item."""
        if isinstance(place, slice):
            return self._make(self._places[place])
        found = self._places[place]
        return self._make(range(found, found + 1))[0]

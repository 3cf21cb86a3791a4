"""LazySequence: a sequence that makes its items when they are asked for, so that not all of them are in memory."""

from collections.abc import Callable, Sequence
from typing import TypeVar, overload

Item = TypeVar("Item")


class LazySequence(Sequence[Item]):
    """``length`` items; ``make`` returns those of a range of indices, and is called for each slice."""

    def __init__(self, length: int, make: Callable[[range], list[Item]]) -> None:
        self._indices = range(length)
        self._make = make

    def __len__(self) -> int:
        return len(self._indices)

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> list[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | list[Item]:
        """Make the items of a slice, or one item."""
        if isinstance(index, slice):
            return self._make(self._indices[index])
        first = self._indices[index]
        return self._make(range(first, first + 1))[0]

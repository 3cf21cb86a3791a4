"""Group: which objects of an image a claim or a question is about."""

from typing import Literal, NamedTuple

Orientation = Literal["horizontal", "vertical", "rising", "falling", "diagonal"]


class Group(NamedTuple):
    """Objects of one class: in one grid cell (``upper left`` ... ``lower right``), ``outside center``, or anywhere.

    In questions also on a side (``left side`` ... ``bottom side``), the three cells along it.
    orientation: only those whose oriented box lies so; rising and falling are both diagonal.
    """

    class_name: str
    position: str | None = None
    orientation: Orientation | None = None

    def shown(self) -> str:
        """Return the group in words, for messages."""
        name = f"{self.orientation} {self.class_name}" if self.orientation else self.class_name or "the image"
        return f"{name} in {self.position}" if self.position else name


WHOLE_IMAGE = Group("")  # what a claim about the picture as a whole is of

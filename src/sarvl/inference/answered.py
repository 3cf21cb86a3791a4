"""Answered: what a model answered to a question about an image file, and what is to be known of the answer."""

from pathlib import Path
from typing import Any, NamedTuple

from sarvl.inference.located_image import Place

Box = tuple[float, float, float, float]


class Bounds(NamedTuple):
    """What an answer, and the boxes that it rests on, must have to be given.

    threshold: the least probability. unchecked: whether what no rule reads is asked all the same.
    """

    threshold: float = 0.5
    unchecked: bool = False


class Answered(NamedTuple):
    """A question, and its answer; None where there is none, for the reason ``why_not``.

    probability: of the answer among all of its type; of a free text the geometric mean over its tokens, of boxes that
    over the choices on the way to them, since there are many. warning: what is to be known before an answer is read.
    boxes: (xmin, ymin, xmax, ymax) in pixels of the image, of what it rests on; where there is none, ``grounding`` says
    why. remarks: what else is to be known.
    taught: the classes that the model was taught, where the question asks of others.
    place: of the image on the map, None without a georeference.
    """

    question: str
    answer: str | None
    probability: float | None = None
    boxes: tuple[Box, ...] = ()
    why_not: str | None = None
    warning: str | None = None
    grounding: str | None = None
    remarks: tuple[str, ...] = ()
    taught: tuple[str, ...] = ()
    path: Path = Path()
    place: Place | None = None

    def held_back(self, threshold: float) -> "Answered":
        """Return the same without the answer, where its probability is below a threshold."""
        if self.answer is None or self.probability is None or self.probability >= threshold:
            return self
        digits = 4 if round(self.probability, 2) == threshold else 2  # ".50, less than .5" would puzzle
        told = f"{self.answer} has a probability of {self.probability:.{digits}f}"
        why = f"not sure enough: {told}, less than {threshold:g}"
        return self._replace(answer=None, boxes=(), why_not=why)

    def as_json(self) -> dict[str, Any]:
        """Return all that is told of the answer."""
        place = self.place._asdict() if self.place else dict.fromkeys(Place._fields)
        told = self._asdict() | {"path": str(self.path), "boxes": [list(map(_rounded, box)) for box in self.boxes]}
        del told["place"]
        return {"file": told.pop("path"), **told, "remarks": list(self.remarks), "taught": list(self.taught), **place}


def _rounded(edge: float) -> float:
    return round(edge, 1)

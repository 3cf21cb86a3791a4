"""DetectorReference: whose boxes are counted, as a reference beside the counts of a model."""

from pathlib import Path

from pydantic import Field, computed_field

from sarvl.evaluation.detecting.box_outcome import SURE
from sarvl.files import sha256_of
from sarvl.recipes import RecipeModel


class DetectorReference(RecipeModel):
    """A detector whose counts stand beside those of the model."""

    boxes: Path = Field(exclude=True)
    """Its boxes: an outcome of `detection` (`.parquet`), or COCO results in JSON with `category`, as of `rescoring`."""
    least_score: float = Field(default=SURE, ge=0, le=1)
    """Boxes that score less are not counted."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def boxes_sha256(self) -> str:
        """The SHA-256 of the file of boxes, wherever it lies."""
        return sha256_of(self.boxes.read_bytes())

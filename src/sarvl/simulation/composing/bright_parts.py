"""Targets that stand out from the margin of their chip, where no annotation draws them."""

from typing import Any, Literal

import cv2
import numpy as np
from pydantic import Field

from sarvl.annotations import AnnotatedImage, Source
from sarvl.errors import ImageError
from sarvl.recipes import RecipeModel
from sarvl.simulation.composing.amplitude import Amplitude
from sarvl.simulation.composing.object_masks import Mask, ObjectMask


class BrightParts(RecipeModel):
    """Targets of chips of one class each: the bright part in the middle."""

    kind: Literal["bright"]
    """``bright``."""
    deviations: float = Field(default=5.0, gt=0, allow_inf_nan=False)
    """How many robust standard deviations above the median of the chip's margin a pixel is bright, both in decibels of
    means of 3 x 3 pixels."""
    frame: float = Field(default=0.15, gt=0, lt=0.5)
    """The margin: this part of the chip's side, along each side."""
    closing_px: int = Field(default=3, ge=1)
    """Gaps of a target up to this wide are filled."""

    def listed(self, source: Source, images: tuple[AnnotatedImage, ...]) -> dict[str, Any]:
        """Return nothing: the pixels tell."""
        return {}

    def masks(self, image: AnnotatedImage, said: Any, amplitude: Amplitude) -> list[ObjectMask]:
        """Return the bright part in the middle of the first band, and other bright parts, without a name.

        A constant rate of false alarms on the margin, by median and median deviation in decibels.
        ImageError where no bright part is in the middle third of the chip, or the chip has no class.
        """
        if image.label is None:
            raise ImageError(f"{image.file}: has no class; choose a format that names one")
        bright = self._bright(amplitude[0])
        count, labels, areas, _ = cv2.connectedComponentsWithStats(bright.astype(np.uint8), connectivity=8)
        height, width = bright.shape
        middle = labels[height // 3 : height - height // 3, width // 3 : width - width // 3]
        sizes = np.bincount(middle[middle > 0], minlength=count)
        if not sizes.any():
            raise ImageError(f"{image.file}: nothing bright in its middle; leave it out")
        main = int(sizes.argmax())
        others: Mask = (labels > 0) & (labels != main) & (areas[labels, cv2.CC_STAT_AREA] > self.closing_px)
        mask = labels == main
        objects = [ObjectMask(image.label_names[0], mask, mask)]
        return [*objects, ObjectMask("", others, others)] if others.any() else objects

    def _bright(self, amplitude: Any) -> Mask:
        smooth = cv2.blur(amplitude, (3, 3), borderType=cv2.BORDER_REPLICATE).astype(np.float64)
        decibels = 20 * np.log10(np.maximum(smooth, np.finfo(np.float32).tiny))
        border = max(1, round(self.frame * min(decibels.shape)))
        is_margin = np.ones(decibels.shape, bool)
        is_margin[border:-border, border:-border] = False
        middle = np.median(decibels[is_margin])
        deviation = 1.4826 * np.median(np.abs(decibels[is_margin] - middle))
        bright = (decibels > middle + self.deviations * deviation).astype(np.uint8)
        closing = np.ones((self.closing_px,) * 2, np.uint8)
        whole: Mask = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, closing).astype(bool)
        return whole

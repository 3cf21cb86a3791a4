"""Targets by the codes of mask images, with what comes along: a vehicle with its shadow."""

from typing import Any, Literal

import cv2
import numpy as np
from pydantic import Field

from sarvl.annotations import AnnotatedImage, Source, input_of
from sarvl.annotations.formats.masks import mask_paths
from sarvl.annotations.parsing.mask_image import read_mask
from sarvl.errors import AnnotationError, ImageError
from sarvl.recipes import RecipeModel
from sarvl.simulation.composing.amplitude import Amplitude
from sarvl.simulation.composing.object_masks import Mask, ObjectMask


class MaskCodes(RecipeModel):
    """Targets by codes, in a source of format ``masks``: one an image, of the image's class."""

    kind: Literal["codes"]
    """``codes``."""
    target: tuple[int, ...] = Field(min_length=1, examples=[[1]])
    """Codes of the target's own pixels: its mask and box are those."""
    carried: tuple[int, ...] = Field(default=(), examples=[[2]])
    """Codes of what is set in with it and is no part of its box: its shadow."""

    def listed(self, source: Source, images: tuple[AnnotatedImage, ...]) -> dict[str, Any]:
        """Return the path of each image's mask by file."""
        if source.format != "masks" or source.options.has_colours:
            raise AnnotationError(f"source {source.name}: codes are those of format masks; choose another way to cut")
        return mask_paths(input_of(source), [image.file for image in images])

    def masks(self, image: AnnotatedImage, said: Any, amplitude: Amplitude) -> list[ObjectMask]:
        """Return the one object; ImageError where the mask cannot be read or the image has no class."""
        if said is None or image.label is None:
            raise ImageError(f"{image.file}: has no mask, or no class; set `labels: folders`")
        codes = read_mask(said, False)
        target = np.isin(codes, self.target)
        if not target.any():
            return []
        return [ObjectMask(image.label_names[0], target, _touching(target, np.isin(codes, self.carried)))]


def _touching(target: Mask, carried: Mask) -> Mask:
    """Return the target and the parts of what is carried that touch it."""
    _, labels = cv2.connectedComponents((target | carried).astype(np.uint8), connectivity=8)
    both: Mask = np.isin(labels, np.unique(labels[target]))
    return both

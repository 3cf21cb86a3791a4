"""DetectorInput: images as a detector sees them: a model's own bytes, at the detector's size, and boxes to match."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sarvl.corpus import pixel_cache, prepared_rows
from sarvl.evaluation.detecting.boxed_images import BoxedImages
from sarvl.imagery import ChosenImages, ImageBatches, InputContract, Square
from sarvl.imagery.frames import View

Boxes = NDArray[np.float64]


@dataclass(frozen=True)
class DetectorInput:
    """What a contract makes of images for a detector: bands and curves are the model's, the frame is a larger square.

    The longer side of an image is scaled to that of the square, and the image is centred in it.
    """

    contract: InputContract

    @classmethod
    def of(cls, contract: InputContract, side: int) -> "DetectorInput":
        """Return the input of squares of ``side`` pixels, interpolated and filled as the contract has it."""
        shared = contract.frame.model_dump(include={"interpolation", "antialias", "fill"})
        return cls(contract.model_copy(update={"frame": Square(size=side, resize="pad", **shared)}))

    def view(self, width: int, height: int) -> View:
        """Return how large an image is in the square, and where the square begins."""
        view: View = self.contract.frame.layout(width, height).views[0]
        return view

    def to_square(self, boxes: Boxes, width: int, height: int) -> Boxes:
        """Return boxes ``(G, 4)`` of an image in pixels of the square."""
        view = self.view(width, height)
        scale = np.array([view.width / width, view.height / height] * 2)
        moved: Boxes = boxes * scale - np.tile(view.corners[0], 2)
        return moved

    def to_image(self, boxes: Boxes, width: int, height: int) -> Boxes:
        """Return boxes ``(D, 4)`` of the square in pixels of the image: the way back from ``to_square``."""
        view = self.view(width, height)
        scale = np.array([view.width / width, view.height / height] * 2)
        moved: Boxes = (boxes + np.tile(view.corners[0], 2)) / scale
        return moved

    def prepared(self, boxed: BoxedImages, workers: int | None) -> ImageBatches:
        """Return the images as bytes: from a cache of the corpus, or made where they are few of it."""
        corpus = boxed.images.corpus
        if boxed.images.limit is None:
            return ChosenImages(pixel_cache(corpus, self.contract, workers), boxed.rows)
        return prepared_rows(corpus, self.contract, boxed.rows, workers)

"""DetectorInput: images as a detector sees them: a model's own bytes, at the detector's size, and boxes to match."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarvl.corpus import Corpus
from sarvl.corpus.pixels import prepare_images
from sarvl.evaluation.detecting.boxed_images import BoxedImages
from sarvl.imagery import ImageBatches, InputContract, Prepared, PreparedImages, Square
from sarvl.imagery.frames import View
from sarvl.parallel import worker_count

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
        """Return the images as bytes, each read when it is asked for: at this size they would fill disk or memory."""
        return _ReadImages(boxed.images.corpus, self.contract, boxed.rows, worker_count(workers))


@dataclass(frozen=True)
class _ReadImages:
    """Images of a corpus by their rows, ``threads`` of them read at a time."""

    corpus: Corpus
    contract: InputContract
    rows: NDArray[np.int64]
    threads: int

    def __len__(self) -> int:
        return len(self.rows)

    def batch(self, rows: ArrayLike) -> PreparedImages:
        """Return the images at ``rows``, in that order."""
        chosen = self.rows[np.asarray(rows, np.int64)].tolist()
        with ThreadPoolExecutor(self.threads) as pool:
            return PreparedImages.of(list(pool.map(self._prepared, chosen)))

    def _prepared(self, row: int) -> Prepared:
        record = self.corpus.paths[row], self.corpus.readings[row]
        return prepare_images([record], self.contract)[0]

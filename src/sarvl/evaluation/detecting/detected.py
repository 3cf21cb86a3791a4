"""Detected: the boxes that were found in an image."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Detected(NamedTuple):
    """What was found in one image: boxes ``(D, 4)`` in its pixels, their labels and scores ``(D,)``."""

    boxes: NDArray[np.float64]
    labels: NDArray[np.int64]
    scores: NDArray[np.float64]

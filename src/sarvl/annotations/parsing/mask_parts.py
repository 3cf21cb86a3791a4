"""The connected parts of a mask, with their boxes."""

import cv2
import numpy as np
from numpy.typing import NDArray

from sarvl.annotations.annotated_image import Box


def connected_boxes(mask: NDArray[np.bool_]) -> list[tuple[Box, int]]:
    """Return the box and the pixel count of each 8-connected part of ``mask`` ``(H, W)``.

    Source: the mask-to-box rule (M2B) of RemoteCLIP: the least and greatest corner of each part's outer contour. A part
    that lies in a hole of another is a part of its own.
    """
    count, _, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    parts = statistics[1:count].tolist()  # row 0 is the ground
    return [(Box(float(x), float(y), float(x + w), float(y + h)), area) for x, y, w, h, area in parts]

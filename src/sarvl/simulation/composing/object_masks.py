"""The pixels of objects, whatever told them."""

import zlib
from typing import Any, NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from sarvl.annotations import AnnotatedImage, Source
from sarvl.simulation.composing.amplitude import Amplitude

Mask = NDArray[np.bool_]


class ObjectMask(NamedTuple):
    """One object: its class as texts call it, its pixels ``(H, W)``, and these with what comes along, as a shadow."""

    class_name: str
    mask: Mask
    carried: Mask


class PackedMasks(NamedTuple):
    """Several masks ``(h, w)`` of one shape in few bytes, to be sent to other processes."""

    shape: tuple[int, ...]
    data: bytes

    def unpacked(self) -> list[Mask]:
        """Return the masks."""
        bits = np.frombuffer(zlib.decompress(self.data), np.uint8)
        return list(np.unpackbits(bits, count=int(np.prod(self.shape))).reshape(self.shape).astype(bool))


def packed(*masks: Mask) -> PackedMasks:
    """Return masks of one shape in few bytes."""
    stack = np.stack(masks)
    return PackedMasks(stack.shape, zlib.compress(np.packbits(stack).tobytes()))


def box_of(mask: Mask) -> tuple[int, int, int, int]:
    """Return the box around a mask: left, top, right, bottom in whole pixels."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def grown(mask: Mask, pixels: int) -> Mask:
    """Return a mask with all that is nearer to it than ``pixels``."""
    if not mask.any() or pixels <= 0:
        return mask
    wider: Mask = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) <= pixels
    return wider


class MaskTeller(Protocol):
    """A way to tell the pixels of objects."""

    def listed(self, source: Source, images: tuple[AnnotatedImage, ...]) -> dict[str, Any]:
        """Return what the annotations say of each image, by file; small, as it is sent to other processes."""
        ...

    def masks(self, image: AnnotatedImage, said: Any, amplitude: Amplitude) -> list[ObjectMask]:
        """Return the objects of one image ``(bands, H, W)``; ImageError where what is said cannot be used."""
        ...

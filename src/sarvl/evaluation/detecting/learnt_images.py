"""What is drawn of an image each time a detector learns from it: a mirrored one, or a part of it in another size."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from sarvl.evaluation.detecting.detector_settings import DetectorSettings, Mirror
from sarvl.imagery.frames import View

SHARE_AROUND_BOXES = 0.5
"""Share of the cuts that hold the middle of a box for certain; the others lie anywhere in the image."""


class LearntImage(NamedTuple):
    """pixels: (C, S, S). boxes: (G, 4), (xmin, ymin, xmax, ymax) in its pixels. labels: (G,)."""

    pixels: Tensor
    boxes: Tensor
    labels: Tensor


def drawn(image: LearntImage, view: View, settings: DetectorSettings, rng: np.random.Generator) -> LearntImage:
    """Return what is learnt from an image this time. view: where in the square the image lies."""
    if settings.cut is not None:
        image = cut_out(image, view, settings.cut, settings.zoom, rng)
    return mirrored(image, settings.mirror, rng)


def cut_out(
    image: LearntImage, view: View, cut: int, zoom: tuple[float, float], rng: np.random.Generator
) -> LearntImage:
    """Return a square part (C, cut, cut) of an image, scaled by a factor drawn from ``zoom``, evenly in its logarithm.

    Boxes whose middle lies in the part are kept, clipped to it.
    Sources: Liu et al., SSD, ECCV 2016 (parts, and boxes by their middle); Ghiasi et al., Simple Copy-Paste, CVPR 2021
    (large scale jitter).
    """
    whole = image.pixels.shape[-1]
    factor = float(np.exp(rng.uniform(*np.log(zoom))))
    side = min(whole, round(cut / factor))
    middles = (image.boxes[:, :2] + image.boxes[:, 2:]) / 2
    chosen: list[float | None] = [None, None]
    if len(middles) and rng.random() < SHARE_AROUND_BOXES:
        chosen = middles[rng.integers(len(middles))].tolist()
    begins = (-view.corners[0]).tolist()
    spans = [_Span(begin, begin + size, whole) for begin, size in zip(begins, (view.width, view.height), strict=True)]
    left, top = (span.drawn(side, middle, rng) for span, middle in zip(spans, chosen, strict=True))
    pixels = image.pixels[:, top : top + side, left : left + side]  # (C, side, side)
    if side != cut:
        pixels = nn.functional.interpolate(pixels[None], (cut, cut), mode="bilinear", antialias=True)[0]
    corner = torch.tensor([left, top] * 2, dtype=image.boxes.dtype)
    kept = ((middles >= corner[:2]) & (middles < corner[:2] + side)).all(dim=1)
    boxes = (image.boxes[kept] - corner).clamp(0, side) * (cut / side)
    return LearntImage(pixels, boxes, image.labels[kept])


class _Span(NamedTuple):
    """From where to where the image lies along an axis of the square, which has ``whole`` pixels."""

    begin: int
    end: int
    whole: int

    def drawn(self, side: int, middle: float | None, rng: np.random.Generator) -> int:
        """Return where a part of ``side`` pixels begins: on the image, not on what fills the square, where it can.

        middle: what the part has to hold; None for anything.
        """
        first = min(max(self.begin, 0), self.whole - side)
        last = min(max(first, self.end - side), self.whole - side)
        if middle is not None:
            first = max(first, min(int(np.floor(middle)) + 1 - side, last))
            last = max(first, min(int(np.floor(middle)), last))
        return int(rng.integers(first, last, endpoint=True))


def mirrored(image: LearntImage, mirror: Mirror, rng: np.random.Generator) -> LearntImage:
    """Return an image mirrored along each of some sides with a chance of one half."""
    pixels, boxes, labels = image
    side = pixels.shape[-1]
    for axis, name in enumerate(("horizontal", "vertical")):
        if name in mirror and rng.random() < 0.5:
            pixels = pixels.flip(-1 - axis)
            boxes = boxes.clone()
            boxes[:, [axis, axis + 2]] = side - boxes[:, [axis + 2, axis]]
    return LearntImage(pixels, boxes, labels)

"""Periphery captions: RemoteCLIP's base caption 2; the periphery is all of the image but the center."""

from random import Random

from sarvl.language.captions.family import CaptionFamily
from sarvl.language.captions.position_captions import Templates, caption_of_position
from sarvl.language.captions.scene import Scene
from sarvl.language.geometry.layout import OUTSIDE_CENTER
from sarvl.language.statement import Statement

_COUNTED = (
    "in this {image}, {things} {are} centred outside the middle.",
    "{an_image} in which {things} {are} centred outside the middle.",
)
_SEEN = (
    "outside the center of this {image}, {there_are} {things}.",
    "outside the center of this {image}, {things} can be seen.",
)
_PUBLISHED_TEMPLATES = (
    "outside the center of this {image}, {there_are} {things}.",
    "away from the center of this {image}, {things} can be seen.",
    "in this {image}, {things} {are} located outside the center.",
    "in the periphery of this {image}, {there_are} {things}.",
)


def write(scene: Scene, rng: Random) -> Statement | None:
    """Return a caption of all objects outside the image centre; None where there are none."""
    return caption_of_position(
        scene, rng, "periphery", OUTSIDE_CENTER, Templates(_COUNTED, _SEEN, _PUBLISHED_TEMPLATES)
    )


FAMILY = CaptionFamily(write, order=7)

"""Center captions: RemoteCLIP's base caption 1; the center is the middle third on both axes."""

from random import Random

from sarvl.language.captions.family import CaptionFamily
from sarvl.language.captions.position_captions import Templates, caption_of_position
from sarvl.language.captions.scene import Scene
from sarvl.language.geometry.layout import CENTER
from sarvl.language.statement import Statement

_COUNTED = (
    "in this {image}, {things} {are} centred in the middle.",
    "{an_image} in which {things} {are} centred in the middle.",
)
_SEEN = (
    "in the center of this {image}, {there_are} {things}.",
    "in the center of this {image}, {things} can be seen.",
)
_PUBLISHED_TEMPLATES = (
    "in the center of this {image}, {there_are} {things}.",
    "the center of this {image} shows {things}.",
    "in this {image}, {things} {are} located in the center.",
    "at the center of the {image}, {things} can be seen.",
)


def write(scene: Scene, rng: Random) -> Statement | None:
    """Return a caption of all objects whose box centre lies in the image centre; None where there are none."""
    return caption_of_position(scene, rng, "center", CENTER, Templates(_COUNTED, _SEEN, _PUBLISHED_TEMPLATES))


FAMILY = CaptionFamily(write, weight=1.5, order=6)

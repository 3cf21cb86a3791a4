"""Speckle captions: how strong the speckle is, by the number of looks that the source declares."""

from random import Random

from sarvl.language.captions.family import CaptionFamily
from sarvl.language.captions.scene import Scene
from sarvl.language.claims.kinds.speckle import Speckle
from sarvl.language.statement import Statement
from sarvl.language.words.measures import speckle_of

# "Fully developed" is not said: it is a matter of the scatterers in a cell, not of looks.
_TEMPLATES = (
    "{an_image} with {strength} speckle.",
    "this {image} shows {strength} speckle.",
    "{strength} speckle is visible in this {image}.",
    "{imagery} with {strength} speckle.",
)


def write(scene: Scene, rng: Random) -> Statement | None:
    """Return "A SAR image with strong speckle."; None where the number of looks is not known, and in other domains."""
    if scene.domain != "sar" or scene.image.looks is None:
        return None
    strength = speckle_of(scene.image.looks)
    return scene.statement(rng, "speckle", _TEMPLATES, [Speckle(strength)], strength=strength)


def _has_evidence(scene: Scene) -> bool:
    return scene.image.looks is not None


FAMILY = CaptionFamily(write, weight=0.2, has_evidence=_has_evidence, order=16)

"""All families of questions by name, and the offers of each application."""

from sarvl.language.questions import (
    arrangement,
    classification,
    counting,
    identification,
    land_cover,
    object_words,
    positioning,
    reasoning,
    region_referring,
)
from sarvl.language.questions.family import Offer, QuestionFamily
from sarvl.language.statement import Application

_MODULES = (
    *(identification, classification, counting, region_referring, positioning),
    *(object_words, land_cover, arrangement, reasoning),
)
FAMILIES: dict[str, QuestionFamily] = {family.name: family for module in _MODULES for family in module.FAMILIES}

# Identification is apart: which of its questions are asked depends on how common a class is.
OFFERS: dict[Application, tuple[Offer, ...]] = {
    "classification": (classification.offer,),
    "counting": (counting.offer,),
    "region referring": (region_referring.offer,),
    "positioning": (positioning.offer,),
    "others": (object_words.offer, land_cover.offer, arrangement.offer, reasoning.offer),
}

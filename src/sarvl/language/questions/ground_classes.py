"""Which classes of land cover the questions about it speak of."""

from functools import lru_cache

from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.words.kinds import form_of, kinds_with
from sarvl.language.words.lexicon import NO_GROUND, effect_of

# Widest kinds of what stands or moves on ground and covers none of it.
_OBJECTS = (
    *("ship", "aircraft", "vehicle", "person", "storage tank", "tower", "crane", "offshore platform", "wind turbine"),
    "shipping container",
)


def ground_classes(scene: QuestionScene, least: float) -> list[str]:
    """Return the classes that cover ``least`` (0 to 1) of the ground or more: the largest first, ties by name.

    None that says nothing of the ground, such as "unknown" or a radar shadow; a class that has objects in the image as
    well is no ground.
    """
    shares = sorted(scene.image.land_cover, key=lambda item: (-item.share, item.class_name))
    names = [item.class_name for item in shares if item.share >= least and item.class_name in scene.vocabulary.grounds]
    return list(filter(_tells_ground, names))


def may_be_ground(class_name: str) -> bool:
    """Tell whether a class can be one of land cover, by its name alone: no ship, no tank; what is not listed can."""
    kinds = kinds_with(())
    above = [kinds.above(kind) for kind in kinds.meant_by(class_name)]
    is_object = bool(above) and all(not _object_kinds().isdisjoint(each) for each in above)
    return _tells_ground(class_name) and not is_object


@lru_cache(maxsize=1)
def _object_kinds() -> frozenset[tuple[str, ...]]:
    return frozenset(map(form_of, _OBJECTS))


def _tells_ground(class_name: str) -> bool:
    return class_name.lower() not in NO_GROUND and not effect_of(class_name)

"""Which classes of land cover the questions about it speak of."""

from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.words.lexicon import NO_GROUND, effect_of


def ground_classes(scene: QuestionScene, least: float) -> list[str]:
    """Return the classes that cover ``least`` (0 to 1) of the ground or more: the largest first, ties by name.

    None that says nothing of the ground, such as "unknown" or a radar shadow; a class that has objects in the image as
    well is no ground.
    """
    shares = sorted(scene.image.land_cover, key=lambda item: (-item.share, item.class_name))
    names = [item.class_name for item in shares if item.share >= least and item.class_name in scene.vocabulary.grounds]
    return [name for name in names if name.lower() not in NO_GROUND and not effect_of(name)]

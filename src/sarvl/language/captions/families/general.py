"""General captions: which classes there are. SARVLM's family 1, "A SAR image of ship."."""

from random import Random

from sarvl.language.captions.family import CaptionFamily
from sarvl.language.captions.phrases import bare, indefinite, texts_of, there_are
from sarvl.language.captions.scene import Scene, pick, shuffled
from sarvl.language.group import Group
from sarvl.language.statement import Statement
from sarvl.language.words.lexicon import effect_of

MOST_CLASSES = 3  # more are left to the complex family, so that general captions stay short

_PUBLISHED_BARE = ("{an_image} of {things}.",)  # "A SAR image of ship.", as SARVLM has it
_NOUN_TEMPLATES = (
    "{an_image} of {things}.",
    "{an_image} showing {things}.",
    "this is {an_image} of {things}.",
    "{imagery} showing {things}.",
    "{imagery} of {things}.",
)
_CLAUSE_TEMPLATES = (
    "this {image} shows {things}.",
    "{there_are} {things} in this {image}.",
    "in this {image}, {things} can be seen.",
    "this {image} contains {things}.",
)


def write(scene: Scene, rng: Random) -> Statement | None:
    """Return a caption that names one class or up to three; None where the image has no objects.

    Shadows and wakes are no objects here: "a radar image of a shadow" tells what the radar did, not what is there.
    """
    classes = shuffled(rng, [name for name in scene.layout.by_class if not effect_of(name)])
    if not classes:
        return None
    is_bare = scene.is_published and rng.random() < 0.4
    phrase = bare if is_bare else indefinite
    phrases = []
    for class_name in classes[: pick(rng, (1, MOST_CLASSES))]:
        group = Group(class_name)
        phrases.append(phrase(group, scene.layout.ids(group), scene.name_of(class_name, rng)))
    templates = _PUBLISHED_BARE if is_bare else _NOUN_TEMPLATES + _CLAUSE_TEMPLATES
    claims = [item.claim for item in phrases]
    parts = {"things": texts_of(phrases), "there_are": there_are(phrases)}
    return scene.statement(rng, "general", templates, claims, **parts)


FAMILY = CaptionFamily(write, order=1)

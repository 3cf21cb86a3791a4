"""Classification: the main object, all categories, and the category of a labelled chip. Answered by class names."""

from random import Random

from sarvl.language.captions.phrases import listed
from sarvl.language.captions.scene import shuffled
from sarvl.language.claims.construction import in_canonical_order, quantity_claim
from sarvl.language.questions.choices import changed_lists, other_classes
from sarvl.language.questions.family import QuestionFamily, Slot
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.statement import Group
from sarvl.language.words.lexicon import effect_of


def _rank(class_name: str, scene: QuestionScene) -> tuple[int, int]:
    """Return the number of objects of a class and their total area in pixels."""
    ids = scene.ids(class_name)
    return len(ids), sum(scene.regions[index][2] * scene.regions[index][3] for index in ids)


def _in_order(scene: QuestionScene) -> list[str]:
    """Return the classes that are there: the most frequent first, ties by total area, then by name."""
    return sorted(sorted(scene.by_class), key=lambda class_name: _rank(class_name, scene), reverse=True)


def _main_object(_: Query, scene: QuestionScene) -> Finding | None:
    """Return the most frequent class of objects, ties by total area; shadows and wakes are no objects.

    None where both tie, for chips, and where the name of a class that is there could mean another one.
    """
    ranked = [class_name for class_name in _in_order(scene) if not effect_of(class_name)]
    if scene.image.label is not None or not ranked or not all(map(scene.is_clear, scene.by_class)):
        return None
    first, *rest = ranked
    if rest and _rank(first, scene) == _rank(rest[0], scene):
        return None
    claims = [quantity_claim(Group(name), "exactly", len(ids), tuple(ids)) for name, ids in scene.by_class.items()]
    return Finding(scene.word(first), in_canonical_order(claims))


def _categories(_: Query, scene: QuestionScene) -> Finding | None:
    """Return all classes that are there, and claim that no other labelled one is.

    None for chips, for images with land cover, and where the source labels fewer than two classes or not all that are
    there: "all categories" would then say more than it knows.
    """
    is_narrow = len(scene.classes) < 2 or bool(scene.image.land_cover)
    if not scene.by_class or is_narrow or not all(map(scene.may_deny, scene.classes)):
        return None
    claims = [quantity_claim(Group(name), "at least", 1, scene.ids(name)) for name in scene.by_class]
    claims += [quantity_claim(Group(name), "exactly", 0) for name in scene.classes if name not in scene.by_class]
    return Finding(listed([scene.word(name) for name in _in_order(scene)]), in_canonical_order(claims))


def _other_categories(_: Query, __: str, scene: QuestionScene) -> list[str]:
    absent = [scene.word(name) for name in scene.classes if name not in scene.by_class]
    return changed_lists([scene.word(name) for name in _in_order(scene)], absent)


def _label(_: Query, scene: QuestionScene) -> Finding | None:
    label = scene.image.label
    if label is None:
        return None
    return Finding(scene.word(label), (quantity_claim(Group(label), "at least", 1, scene.ids(label)),))


def offer(scene: QuestionScene, rng: Random) -> list[Slot]:
    """Return one question: about the label of a chip, else about the main object or all categories.

    None where the source labels one class alone.
    """
    if scene.image.label is not None:
        return [(Query("label"),)]
    if scene.has_one_class:
        return []
    return [tuple(shuffled(rng, (Query("main_object"), Query("categories"))))]


FAMILIES = (
    QuestionFamily(
        "main_object",
        "classification",
        "class set",
        (
            "What is the main object in the image?",
            "What is the main category in this {image}?",
            "Which category is the main one in the image?",
        ),
        _main_object,
        other_classes,
    ),
    QuestionFamily(
        "categories",
        "classification",
        "class set",
        (
            "What are the categories visible in the image?",
            "Which categories are visible in this {image}?",
            "Name all categories that are visible in the image.",
        ),
        _categories,
        _other_categories,
    ),
    QuestionFamily(
        "label",
        "classification",
        "class set",
        (
            "Which category does the image belong to?",
            "What category does this {image} belong to?",
            "To which category does the image belong?",
        ),
        _label,
        other_classes,
    ),
)

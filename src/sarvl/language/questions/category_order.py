"""Which of the classes of an image is its main one: the most frequent first."""

from sarvl.language.questions.question_scene import QuestionScene


def rank(class_name: str, scene: QuestionScene) -> tuple[int, int]:
    """Return the number of objects of a class and their total area in pixels."""
    ids = scene.ids(class_name)
    return len(ids), sum(scene.regions[index][2] * scene.regions[index][3] for index in ids)


def classes_by_rank(scene: QuestionScene) -> list[str]:
    """Return the classes that are there: the most frequent first, ties by total area, then by name."""
    return sorted(sorted(scene.by_class), key=lambda class_name: rank(class_name, scene), reverse=True)

"""Questions on real sets: each verifies, and yes and no balance over the set."""

from collections import Counter
from pathlib import Path

from sarvl.annotations import Source, read_source
from sarvl.language import verify
from sarvl.language.questions import QuestionSettings, ask, survey

SETTINGS = QuestionSettings(shares={"others": 1.0}, multiple_choice=0.25)


def test_every_question_on_ssdd_verifies(shared_data: Path) -> None:
    folder = shared_data / "ssdd"
    common = {"name": "ssdd", "images": folder / "images", "split": "train", "labelled_classes": ("ship",)}
    coco = read_source(Source(format="coco", annotations=folder / "coco.json", **common)).images
    voc = read_source(Source(format="voc", annotations=folder / "voc", **common)).images
    surveyed = survey(coco, SETTINGS)
    answers: Counter[str | None] = Counter()
    for image, twin in zip(coco, voc, strict=True):
        questions = ask(image, SETTINGS, survey=surveyed)
        assert [problem for question in questions for problem in verify(question, image)] == []
        answers.update(item.answer for item in questions if item.application == "identification")
        # Oriented boxes are in one of the two files only.
        plain = [item for item in questions if item.family not in ("orientation", "description")]
        others = [
            item for item in ask(twin, SETTINGS, survey=surveyed) if item.family not in ("orientation", "description")
        ]
        assert plain == others
    assert surveyed.prevalence == {"ship": 1.0}
    assert abs(answers["yes"] - answers["no"]) < 4 * sum(answers.values()) ** 0.5
    assert sum(answers.values()) > 2000


def test_chips_of_mstar_are_asked_for_their_class(shared_data: Path) -> None:
    images = shared_data / "mstar_soc10" / "images"
    classes = tuple(sorted(folder.name.replace("_", " ") for folder in images.iterdir()))
    found = read_source(
        Source(name="mstar", format="folders", images=images, split="train", labelled_classes=classes)
    ).images
    for image in found[::20]:
        questions = ask(image, SETTINGS)
        assert {item.family for item in questions} == {"label", "belongs", "description"}
        assert [problem for question in questions for problem in verify(question, image)] == []
        assert not any(claim.kind == "absence" for item in questions for claim in item.claims)

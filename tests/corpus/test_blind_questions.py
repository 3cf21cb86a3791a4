"""Questions are worth asking: one who sees no image is at chance, and a build asks the same on any workers."""

from dataclasses import replace
from pathlib import Path
from random import Random

from made_corpus import fields_of_annotation, image_of, made_corpus, rows_of_statements, speckle

from sarvl.annotations import AnnotatedImage, AnnotatedObject, Box, Source, read_source
from sarvl.corpus import Corpus, build, inspect
from sarvl.corpus.inspecting.blind_reader import BlindScore, blind_scores
from sarvl.language.questions import QuestionSettings, ask, survey
from sarvl.simulation import simulate_dataset

CLASSES = ("aircraft", "bridge", "harbor", "ship", "tank", "vehicle")
SETTINGS = QuestionSettings(shares={"others": 1.0}, multiple_choice=0.5)
PUBLISHED = SETTINGS.model_copy(update={"balance": "published"})
YES_NO = ("comparison", "exists", "exists_in_cell", "exists_on_side", "other_categories")


def port(number: int) -> AnnotatedImage:
    """Classes of six that differ in how common they are, how many, where they lie, and how large they are."""
    rng = Random(number)
    objects = []
    for place, name in enumerate(CLASSES):
        for _ in range(rng.choice((0, 0, 1, 1, 2, 4 + place)) if rng.random() < 0.2 + 0.1 * place else 0):
            x, y = (rng.randrange(190) * (1 + place % 2) % 200 for _ in "xy")
            objects.append(AnnotatedObject(name, Box(x, y, x + 8 + 8 * place, y + 8 + 6 * place)))
    objects.sort(key=lambda item: (item.class_name, item.box))
    file = f"{number}.png"
    return AnnotatedImage(file, Path(file), 256, 256, tuple(objects), labelled_classes=CLASSES)


def corpus_of(folder: Path, images: list[AnnotatedImage], settings: QuestionSettings) -> Corpus:
    surveyed, picture = survey(images, settings), speckle()
    rows, texts = [], []
    for image in images:
        rows.append(image_of(folder, "made", image.file, picture, **fields_of_annotation(image)))
        texts += rows_of_statements(rows[-1], ask(image, settings, survey=surveyed))
    return made_corpus(folder, rows, texts)


def told(scores: list[BlindScore], least: int = 100) -> list[str]:
    """Return the kinds of closed questions whose words tell the answer: five points above chance, and no accident."""
    closed = [score for score in scores if score.kind in YES_NO or "choices" in score.kind]
    assert sum(score.questions for score in closed) > 1000
    return [
        score.kind
        for score in closed
        if score.questions >= least and score.words > score.chance + 0.05 + score.questions**-0.5
    ]


def test_one_who_sees_no_image_is_at_chance_on_six_classes(tmp_path):
    images = [port(number) for number in range(500)]
    assert told(blind_scores(corpus_of(tmp_path / "blind", images, SETTINGS))) == []
    assert "count, with choices" in told(blind_scores(corpus_of(tmp_path / "published", images, PUBLISHED)))


def test_one_who_sees_no_image_is_at_chance_on_ssdd(shared_data, tmp_path):
    folder = shared_data / "ssdd"
    source = Source(
        name="ssdd",
        format="coco",
        images=folder / "images",
        annotations=folder / "coco.json",
        split="train",
        labelled_classes=("ship",),
    )
    images = [replace(image, file=Path(image.file).with_suffix(".png").name) for image in read_source(source).images]
    assert told(blind_scores(corpus_of(tmp_path / "blind", images, SETTINGS))) == []
    assert told(blind_scores(corpus_of(tmp_path / "published", images, PUBLISHED))) != []


def test_a_build_balances_the_same_on_any_workers_and_says_what_it_left_out(tmp_path):
    simulate_dataset(tmp_path / "made", chips=40, size=64, workers=1)
    (tmp_path / "recipe.yaml").write_text(
        "sources:\n"
        "  - {name: made, format: coco, images: made/images, annotations: made/annotations.json, quantity: display,\n"
        f"     labelled_classes: [{', '.join(CLASSES)}], splits: {{train: 1.0}}, licence: made}}\n"
        "questions: {shares: {others: 1.0}, multiple_choice: 0.5}\n"
    )
    one, two = (build(tmp_path / "recipe.yaml", tmp_path / f"out{n}", workers=n) for n in (1, 2))
    assert one.digest == two.digest
    found = inspect(one)
    assert found.verification.confirmed == found.verification.statements
    assert found.not_asked == one.info.not_asked
    card = (one.folder / "README.md").read_text(encoding="utf-8")
    for item in one.info.not_asked:
        assert f"| {item.source} | {item.kind} |" in card
    assert ("## Questions not asked" in card) == bool(one.info.not_asked)

"""calibrate: the temperature at which answers are as often right as they are sure, kept beside a model's weights."""

from collections.abc import Sequence
from pathlib import Path

from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.vqa.asking import Asking, prompt_of, space_of_question
from sarvl.evaluation.vqa.questions import VqaQuestion, class_names_of, questions_of
from sarvl.evaluation.vqa.vqa_settings import VqaSettings
from sarvl.files import FilePath
from sarvl.measures.answers.strict import strict_score
from sarvl.models.answering.answer_space import Boxes, FreeText
from sarvl.models.answering.calibration import Calibration, without_calibration, write_calibration
from sarvl.models.answering.sureness import best_temperature
from sarvl.models.loader import LOCAL_FOLDER
from sarvl.models.protocols import Answerer, Choice


def calibrate(
    model: FilePath,
    corpus: FilePath,
    split: str = "val",
    *,
    limit: int | None = None,
    settings: VqaSettings | None = None,
    workers: int | None = None,
    device: str | None = None,
    batch_size: int | None = None,
) -> Calibration:
    """Find the temperature of a model's answers on a split, and keep it in the model's folder.

    Asked are the questions with answers of a type, but for boxes; an answer is right by the strict score. settings: how
    they are put. limit, workers, device, batch_size: as of ``evaluate``. The split must be none that is reported on.
    Raises EvaluationError where the model answers nothing or has no folder of its own, and ModelError for fewer than
    ten such questions.
    """
    folder, images = _folder_of(str(model)), SplitImages.open(corpus, split).drawn(limit)
    evaluated = EvaluatedModel.named(model, images, workers, device, batch_size)
    with without_calibration():
        asking = Asking(evaluated, evaluated.able(Answerer, "calibrate"), settings or VqaSettings())
    choices, is_right = _answered(asking, questions_of(images))
    calibration = Calibration(
        temperature=best_temperature(choices, is_right),
        answers=len(choices),
        corpus_digest=images.corpus.digest,
        split=split,
        weights_hash=evaluated.model.weights_hash,
    )
    write_calibration(folder, calibration)
    return calibration


def _answered(asking: Asking, questions: Sequence[VqaQuestion]) -> tuple[list[tuple[Choice, ...]], list[bool]]:
    """Return the choices of each answer of a type, and whether it is right."""
    spaces = {question.item: space_of_question(question, asking.classes) for question in questions}
    some = [question for question in questions if not isinstance(spaces[question.item], Boxes | FreeText)]
    prompts = [prompt_of(question, asking.settings) for question in some]
    said = asking.said(some, prompts, [spaces[question.item] for question in some])
    if any(answer.probability is None for answer in said):
        name = asking.evaluated.name
        raise EvaluationError(f"{name}: answers without a probability; only what decodes by type is calibrated")
    names = class_names_of(asking.evaluated.images.corpus, some)
    right = [strict_score(each.asked, answer.text, names).right == 1 for each, answer in zip(some, said, strict=True)]
    return [answer.choices for answer in said], right


def _folder_of(name: str) -> Path:
    """Return the folder that holds the weights of a model; EvaluationError for one that has none of its own."""
    folder = Path(name.removeprefix("hf:").removeprefix(LOCAL_FOLDER))
    if (folder / "best").is_dir() and not (folder / "config.json").exists():
        folder = folder / "best"
    if not folder.is_dir():
        raise EvaluationError(f"{name}: no folder to keep the temperature in; give a run, a checkpoint or hf:FOLDER")
    return folder

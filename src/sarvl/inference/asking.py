"""ask: questions about an image file, each answered by a model with its probability and the boxes that it rests on."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from sarvl.errors import ImageError, ModelError
from sarvl.files import FilePath
from sarvl.imagery import PreparedImages
from sarvl.inference.answered import Answered, Bounds
from sarvl.inference.image_list import files_to_read
from sarvl.inference.image_options import ImageOptions
from sarvl.inference.located_image import LocatedImage, Refusal, read_located
from sarvl.inference.question_text import plain_question
from sarvl.models.hub import check_hub
from sarvl.models.packaging.packaged_models import named_or_packaged
from sarvl.progress import note

if TYPE_CHECKING:
    from sarvl.inference.respondents import Respondent


def ask(
    image: FilePath,
    questions: Sequence[str] | str,
    model: FilePath | None = None,
    *,
    classes: Sequence[str] = (),
    threshold: float = 0.5,
    unchecked: bool = False,
    picture: FilePath | None = None,
    **options: Unpack[ImageOptions],
) -> list[Answered]:
    """Return the answer of ``model`` to each question about an image file.

    model: an ``Answerer``, or any ``Embedder``, which is a floor: it says yes or no, and chooses among options, by
    which caption fits the image better. A packaged one where none is given. classes: names that questions may use
    beside those that the model was taught. threshold: an answer whose probability among those of its type is less is
    held back, and so are boxes; of yes and no the given one is never below .5. unchecked: whether a question that no
    rule can read, such as one in another language, is answered all the same, with a warning. picture: where the image
    is written as PNG, with the boxes drawn into it. options: as of ``embed``.

    What is asked of classes that the model was never taught has no answer, where its checkpoint says what it was
    taught; where nobody recorded that, the answer says so.
    Raises ImageError where the image cannot be used, and ModelError where the model can do neither.
    """
    asked = [questions] if isinstance(questions, str) else list(questions)
    _check(asked, threshold, picture)
    files = files_to_read(image, options)
    if len(files) != 1:
        told = image if isinstance(image, str | Path) else "the image"
        raise ImageError(f"{told}: {len(files)} images; ask about one at a time")
    if picture is not None:
        check_picture(Path(picture), files[0][0])
    name = named_or_packaged(model, answers=True)
    check_hub(name)
    # Heavy, and needed only once all the rest was checked.
    from sarvl.inference.opened_model import open_answering_model  # noqa: PLC0415
    from sarvl.inference.respondents import respondent_of, told_of_probabilities  # noqa: PLC0415

    loaded = open_answering_model(name, options)
    (seen,) = read_located(files, loaded.contract)
    if isinstance(seen, Refusal):
        raise ImageError(seen.reason)
    note(told_of_probabilities(loaded))
    respondent = respondent_of(loaded, name, classes, Bounds(threshold, unchecked))
    answers = _answers(respondent, seen, asked)
    if picture is not None:
        from sarvl.inference.answer_picture import write_picture  # noqa: PLC0415 - brings in OpenCV

        write_picture(files[0], answers, Path(picture))
    return answers


def _check(questions: Sequence[str], threshold: float, picture: FilePath | None) -> None:
    if not questions:
        raise ModelError("no question: give one or more, such as 'How many ships are in the image?'")
    if empty := [number for number, question in enumerate(questions, start=1) if not plain_question(question)]:
        raise ModelError(f"question {empty[0]} of {len(questions)} is empty; write it, or leave it out")
    if not 0 <= threshold <= 1:
        raise ModelError(f"threshold {threshold}: a probability is between 0 and 1; give such as .5")
    if picture is not None and Path(picture).suffix.lower() != ".png":
        raise ModelError(f"{picture}: pictures are PNG; give a name that ends in .png")


def check_picture(picture: Path, image: Path) -> None:
    """Raise ModelError where the picture of answers would take the place of its image."""
    if picture.exists() and picture.samefile(image):
        raise ModelError(f"{picture}: this is the image itself, which would be lost; give another name")


def _answers(respondent: "Respondent", image: LocatedImage, questions: Sequence[str]) -> list[Answered]:
    images = PreparedImages.of([image.prepared])
    answers = respondent.answers(images, [plain_question(question) for question in questions])
    return [
        answer._replace(question=question, path=image.path, place=image.place)
        for question, answer in zip(questions, answers, strict=True)
    ]

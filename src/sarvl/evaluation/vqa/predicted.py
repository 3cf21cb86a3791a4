"""Predictions of others as answered questions: of their own file, or of a corpus that they are held against."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from sarvl.corpus.export.keys import flat_keys
from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluated import SplitImages
from sarvl.evaluation.predictions.prediction import Prediction
from sarvl.evaluation.vqa.questions import VqaQuestion, questions_of
from sarvl.language.questions.sarlang_wording import application_of, without_prefix
from sarvl.measures.answers.answer_type import answer_type_of
from sarvl.measures.answers.boxes import check_forms
from sarvl.measures.answers.strict import Asked
from sarvl.progress import note


def questions_of_file(predictions: Sequence[Prediction]) -> list[VqaQuestion]:
    """Return the question of each prediction, with what its file says is right.

    Raises EvaluationError where the file does not say it, or where the boxes of both cannot be held against each other.
    """
    questions = []
    for said, item in zip(predictions, _items(predictions), strict=True):
        if not said.truths:
            raise EvaluationError(f"{said.where}: no right answer; give the corpus that it answers (--corpus)")
        asked = _asked(said)
        if asked.scored_as == "box":
            check_forms(asked.box_form, said.box_form, None, said.where)
        questions.append(VqaQuestion(item, said.image, said.image, 0, "all", said.part or "human", asked))
    _tell_repeated(predictions)
    return questions


def _tell_repeated(predictions: Sequence[Prediction]) -> None:
    """Say how many questions were asked before, with the same choices and right answers, and where the first is."""
    met: set[tuple[object, ...]] = set()
    again = []
    for said in predictions:
        asked = (said.image, said.question, said.options, said.truths)
        if asked in met:
            again.append(said.where)
        met.add(asked)
    if again:
        note(f"{again[0]}: asks what an earlier one asks; {len(again)} of {len(predictions)} do, and each counts")


def _items(predictions: Sequence[Prediction]) -> list[str]:
    """Return the names of questions by image and words: the same in each file that asks them, whatever its order.

    One that is asked of an image again is numbered by its choices and by what is right, then as the file has it.
    """
    items = [f"{said.image}#{said.asked}" for said in predictions]
    met = Counter[str]()
    for place in sorted(range(len(items)), key=lambda place: (predictions[place].options, predictions[place].truths)):
        name = items[place]
        items[place] = f"{name}#{met[name]}"
        met[name] += 1
    return items


def _asked(said: Prediction) -> Asked:
    question, (answer, *also) = without_prefix(said.question), said.truths
    answer_type = answer_type_of(question, answer, said.truth_box_form)
    application = said.part or application_of(question)
    form = said.truth_box_form
    return Asked(question, answer, answer_type, said.options, application, box_form=form, also=tuple(also))


def questions_of_corpus(predictions: Sequence[Prediction], images: SplitImages) -> list[VqaQuestion]:
    """Return the question of the split that each prediction answers, by its image and its words.

    The image may be named by its id, its file, or as an export names it. Raises EvaluationError where none or several
    fit, and where two predictions answer one question.
    """
    known = _by_image_and_words(questions_of(images), images)
    matched: dict[str, str] = {}
    questions = []
    for said in predictions:
        question = _fitting(said, known, images.split)
        if question.item in matched:
            raise EvaluationError(
                f"{said.where}: answers {question.item}, as {matched[question.item]} does; give one answer a question"
            )
        matched[question.item] = said.where
        questions.append(question)
    return questions


def _fitting(said: Prediction, known: dict[tuple[str, str], list[VqaQuestion]], split: str) -> VqaQuestion:
    """Return the one question that a prediction answers."""
    words = _words(said.question)
    fitting = next((known[name, words] for name in _names(said.image) if (name, words) in known), [])
    if said.options:
        fitting = [question for question in fitting if set(question.asked.options) == set(said.options)]
    if len(fitting) != 1:
        which = f"{len(fitting)} questions" if fitting else "no question"
        raise EvaluationError(
            f"{said.where}: {which} of split {split} in the words {words[:60]!r} about {said.image}; "
            "give the corpus and the split that were asked"
        )
    return fitting[0]


def _by_image_and_words(
    questions: Iterable[VqaQuestion], images: SplitImages
) -> dict[tuple[str, str], list[VqaQuestion]]:
    files = images.corpus.column("file")
    keys = dict(zip(images.corpus.column("image_id"), flat_keys(images.corpus.column("image_id")), strict=True))
    known = defaultdict(list)
    for question in questions:
        file = files[int(images.rows[question.place])]
        for name in {question.image, file, PurePath(file).name, PurePath(file).stem, keys[question.image]}:
            known[name, _words(question.asked.question)].append(question)
    return known


def _names(image: str) -> tuple[str, ...]:
    """Return by what an image may be known that a file of predictions names: the whole path, else the name alone."""
    path = PurePath(image.replace("\\", "/"))
    return tuple(dict.fromkeys((image, path.name, path.stem)))


def _words(question: str) -> str:
    return " ".join(next(iter(without_prefix(question).splitlines()), "").lower().split())

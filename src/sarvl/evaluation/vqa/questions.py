"""The questions of a split, each with all that its answer is scored by."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from sarvl.corpus import Corpus
from sarvl.evaluation.evaluated import SplitImages
from sarvl.language import Statement
from sarvl.language.questions.sarlang_wording import application_of
from sarvl.measures.answers.boxes import Size
from sarvl.measures.answers.class_names import ClassNames
from sarvl.measures.answers.strict import Asked

_OF_CLASSES = ("classification", "region referring")


class VqaQuestion(NamedTuple):
    """One question. item: its name: ``<image>#q<number>``, or ``<image>#<words>#<number>`` in a file of predictions.

    image: the id. place: that of its image in the split. family: its kind, or ``human``. source: that of the image.
    evidence: the objects that its answer rests on, by their place in the annotation.
    """

    item: str
    image: str
    group: str
    place: int
    source: str
    family: str
    asked: Asked
    evidence: tuple[int, ...] = ()


def questions_of(images: SplitImages) -> list[VqaQuestion]:
    """Return all questions of a split but those that ask for a description: these are scored as captions."""
    corpus, sources = images.corpus, images.corpus.column("source")
    asked_of_split = []
    for place, row in enumerate(images.rows.tolist()):
        size = Size(*(corpus.images[name][row].as_py() for name in ("width", "height")))
        for number, said in enumerate(said for said in corpus.statements(row) if said.kind == "question"):
            asked = asked_of(said, size)
            if asked.application != "description":
                item = f"{images.ids[place]}#q{number}"
                group, source = images.groups[place], sources[row]
                rests_on = tuple(sorted({number for claim in said.claims for number in claim.objects}))
                asked_of_split.append(
                    VqaQuestion(item, images.ids[place], group, place, source, said.family, asked, rests_on)
                )
    return asked_of_split


def asked_of(said: Statement, size: Size | None) -> Asked:
    """Return what a question is scored by. Where its application is not known, SARLANG's published wordings tell it.

    An answer in words to a question for classes is a list of them.
    """
    application = said.application or application_of(said.text)
    answer_type = said.answer_type or "text"
    if answer_type == "text" and application in _OF_CLASSES:
        answer_type = "class set"
    return Asked(said.text, said.answer or "", answer_type, said.options, application, size)


def class_names_of(corpus: Corpus | None, questions: Iterable[VqaQuestion]) -> ClassNames:
    """Return the classes that answers may name: those of the corpus, where there is one, and of the right answers."""
    classes = classes_of(corpus) if corpus else set()
    known = ClassNames(classes)
    asked = [question.asked for question in questions if question.asked.answer_type == "class set"]
    answers = {answer for each in asked for answer in (each.answer, *each.also)}
    return ClassNames(classes.union(*map(known.parts, answers)))


def classes_of(corpus: Corpus) -> set[str]:
    """Return the classes that a corpus labels, shows as objects, or names an image by."""
    labels = {label for label in corpus.column("label") if label}
    labelled = {name for names in corpus.column("labelled_classes") for name in names or ()}
    return labels | labelled | {name for names in corpus.object_classes for name in names}


def training_questions(corpus: Corpus) -> list[VqaQuestion]:
    """Return the questions of the training split; empty where there is none."""
    rows = np.flatnonzero(np.array(corpus.column("split")) == "train")
    return questions_of(SplitImages(corpus, "train", rows)) if len(rows) else []

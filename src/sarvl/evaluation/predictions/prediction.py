"""Prediction: what a model said of an image, as a file of others holds it."""

import re
from typing import NamedTuple

from sarvl.language.questions.sarlang_wording import without_prefix
from sarvl.measures.answers.boxes import BoxForm

_HALF = re.compile("[\ud800-\udfff]")


class Prediction(NamedTuple):
    """One text that a model gave.

    where: its place in the file, for messages. image: the file of the image, as it is named there. text: what was said.
    question: what was asked; empty for a caption. truths: what would be right, as the file has it: one answer, or all
    captions; empty where the file has none. options: the choices. part: the task of the set that it belongs to.
    box_form, truth_box_form: what the numbers of boxes in ``text`` and in ``truths`` are.
    """

    where: str
    image: str
    text: str
    question: str = ""
    truths: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    part: str = ""
    box_form: BoxForm = "xywh"
    truth_box_form: BoxForm = "xywh"

    @property
    def asked(self) -> str:
        """The words of the question, in lower case: without SARLANG's prefix, and without choices that stand below."""
        lines = without_prefix(self.question).splitlines()
        return " ".join(" ".join(lines[:1] if self.options else lines).lower().split())


def without_halves(said: Prediction) -> Prediction:
    """Return a prediction with U+FFFD for each half of a surrogate pair, which JSON may hold and tables cannot."""
    return said._replace(
        image=_whole(said.image),
        text=_whole(said.text),
        question=_whole(said.question),
        truths=tuple(map(_whole, said.truths)),
        options=tuple(map(_whole, said.options)),
        part=_whole(said.part),
    )


def _whole(text: str) -> str:
    return _HALF.sub("\ufffd", text)

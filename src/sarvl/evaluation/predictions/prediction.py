"""Prediction: what a model said of an image, as a file of others holds it."""

from typing import NamedTuple

from sarvl.measures.answers.boxes import BoxForm


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

"""Grounding: the objects that right answers rest on, against the boxes that a model gave with its answers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sarvl.evaluation.evaluated import SplitImages
from sarvl.evaluation.vqa.answered import Answer, Evidence
from sarvl.evaluation.vqa.questions import VqaQuestion


def evidence_of(images: SplitImages, questions: Sequence[VqaQuestion], answers: Sequence[Answer]) -> Evidence | None:
    """Return the boxes of the objects that each right answer rests on; None where no answer came with boxes.

    They are xmin, ymin, xmax, ymax in pixels, an array (B, 4) a question.
    """
    if not any(answer.boxes for answer in answers):
        return None
    boxes = {place: _boxes_of(images, place) for place in sorted({question.place for question in questions})}
    return [boxes[question.place][list(question.evidence)] for question in questions]


def _boxes_of(images: SplitImages, place: int) -> NDArray[np.float64]:
    objects = images.corpus.image(int(images.rows[place])).annotation.objects
    return np.array([tuple(each.box) for each in objects], np.float64).reshape(-1, 4)

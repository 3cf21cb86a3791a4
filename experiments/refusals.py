"""How often a model refuses what it was never taught, and what it was: by the questions of a split, no image seen.

    python experiments/refusals.py runs/real/answers/best runs/real/sar-questions

Each question about classes is checked as ``sarvl ask`` checks it, once as it stands, and once with a class that the
model was never taught in the place of its own. Printed are the shares that are refused, with intervals over scenes.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sarvl.evaluation.evaluated import SplitImages
from sarvl.evaluation.vqa.questions import VqaQuestion, questions_of
from sarvl.language.words.vocabulary import Vocabulary
from sarvl.measures.measure import Measure
from sarvl.models import load_model
from sarvl.models.answering.closed_world import Taught, check_question, taught_by
from sarvl.seeds import seeded_number

UNTAUGHT = ("wind turbine", "roundabout", "stadium", "lighthouse", "crane", "swimming pool", "railway station")


class Checked(NamedTuple):
    """Whether a question is refused as it stands, and with another class in it."""

    group: str
    own: bool
    other: bool
    example: str


def main(model: str, corpus: Path, split: str = "test") -> None:
    taught = taught_by(load_model(model).history)
    if taught.classes is None:
        sys.exit(f"{model}: nobody recorded what it was taught, so that it refuses nothing")
    questions = questions_of(SplitImages.open(corpus, split))
    checked = list(checked_questions(questions, taught))
    if not checked:
        sys.exit(f"{corpus}: no question of split {split} names a class")
    groups = np.array([each.group for each in checked])
    for told, is_refused in (
        ("of classes that were taught", [each.own for each in checked]),
        ("of classes that were not", [each.other for each in checked]),
    ):
        terms = np.column_stack((np.array(is_refused, float), np.ones(len(checked))))
        share = Measure.of("refused", terms, len(checked), groups=groups)
        low, high, scenes = share.interval()
        within = "" if low is None or high is None else f" [{low:.3f}, {high:.3f}]"
        print(f"refused {told}: {share.value:.3f}{within} of {len(checked)} questions, {scenes} scenes")
    if passed := [each.example for each in checked if not each.other]:
        print(f"not refused, such as: {passed[0]}")


def checked_questions(questions: Sequence[VqaQuestion], taught: Taught) -> Iterator[Checked]:
    """Yield what becomes of each question that names classes which were taught."""
    foreign = [name for name in UNTAUGHT if name not in (taught.classes or ())]
    for question in questions:
        text = question.asked.question
        checked = check_question(text, taught)
        named = checked.reading.query.classes if checked.reading else ()
        if not named:
            continue
        other = foreign[seeded_number("refusals", question.item) % len(foreign)]
        changed = with_class(text, checked.vocabulary, named[0], other)
        if changed != text:
            is_refused = check_question(changed, taught).unanswerable is not None
            yield Checked(question.group, checked.unanswerable is not None, is_refused, changed)


def with_class(text: str, vocabulary: Vocabulary, class_name: str, other: str) -> str:
    """Return a question with the names of another class in the place of those of one."""
    (new,) = Vocabulary((other,)).names[other]
    for name in vocabulary.names[class_name]:
        for form, changed in ((name.plural, new.plural), (name.with_article, new.with_article), (name.singular, other)):
            text = re.sub(rf"\b{re.escape(form)}\b", changed, text)
    return text


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(Path, sys.argv[2:3]), *sys.argv[3:4])

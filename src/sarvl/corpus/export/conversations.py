"""Conversations about an image: its captions and questions as turns of a user and a model."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from sarvl.corpus.export.box_forms import in_form
from sarvl.corpus.export.export_info import Wording
from sarvl.corpus.export.job import ExportJob
from sarvl.corpus.export.sample import Sample
from sarvl.language import Statement
from sarvl.language.box_text import Size
from sarvl.language.prompts import CAPTION_PROMPT, CAPTION_PROMPTS, CHOICE_PROMPT, QUESTION_PROMPT
from sarvl.language.questions import option_letter
from sarvl.seeds import seeded_number

IMAGE_MARK = "<image>"
_WITHOUT_BREAK = ("qwen2-vl", "qwen2.5-vl")  # their chat template has no line break behind an image
_MARKS = re.compile(r"[ \t]*<(?:image|video|audio)>[ \t]*", re.IGNORECASE)


class Turn(NamedTuple):
    """What the user says, and what the model is to answer."""

    prompt: str
    answer: str


class ImageConversation(NamedTuple):
    """A conversation: its id, the file of the image, and its turns; the mark of the image opens the first prompt."""

    id: str
    file: str
    turns: list[Turn]


def image_conversations(job: ExportJob, split: str) -> Iterator[ImageConversation]:
    """Write the pictures of a split and yield its conversations."""
    joint = "" if job.wording.boxes in _WITHOUT_BREAK else "\n"
    for name, sample in job.write_pictures(split, "images"):
        asked = _questions_not_answered_by_captions(sample) if job.wording.prompts == "plain" else sample.questions
        turns = conversation_turns(sample, asked, job)
        job.count(split, "repeats left out", len(sample.questions) - len(asked))
        job.count(split, "conversations", len(turns))
        bare = len(sample.captions) + len(asked) - sum(map(len, turns))
        if bare:
            job.count(split, "without words left out", bare)
        for number, (first, *others) in enumerate(turns):
            marked = first._replace(prompt=f"{IMAGE_MARK}{joint}{first.prompt}")
            yield ImageConversation(f"{sample.key}-{number}", f"images/{name}", [marked, *others])


def _questions_not_answered_by_captions(sample: Sample) -> list[Statement]:
    """Leave out what the application description asks, where its answer is a caption that is asked for anyway."""
    captions = {said.text for said in sample.captions}
    return [question for question in sample.questions if question.answer not in captions]


def conversation_turns(sample: Sample, asked: list[Statement], job: ExportJob) -> list[list[Turn]]:
    """Return the turns of each conversation about one image.

    question: one turn each. image: the first caption and all questions in one. Further captions stand alone, since a
    caption that the model has just given answers the next prompt.
    """
    captions = [
        Turn(_description_prompt(sample, index, job), without_marks(said.text))
        for index, said in enumerate(sample.captions)
    ]
    questions = [Turn(without_marks(said.text), without_marks(said.answer or "")) for said in asked]
    worded = [_worded(turn, said, job.wording) for turn, said in zip(questions, asked, strict=True)]
    captions, questions = (
        [_with_boxes(turn, sample, job.wording) for turn in turns if all(turn)] for turns in (captions, worded)
    )
    if job.conversation == "question":
        return [[turn] for turn in (*captions, *questions)]
    together = [*captions[:1], *questions]
    return [turns for turns in (together, *([turn] for turn in captions[1:])) if turns]


def without_marks(text: str) -> str:
    """Return a text without the marks of images, videos and sounds: each would ask for one more than there is."""
    return _MARKS.sub(" ", text).strip() if _MARKS.search(text) else text


def _description_prompt(sample: Sample, index: int, job: ExportJob) -> str:
    if job.wording.prompts == "sarlang":
        return CAPTION_PROMPT
    draw = seeded_number(job.corpus.seed, sample.image.image_id, index)
    return CAPTION_PROMPTS[draw % len(CAPTION_PROMPTS)]


def _worded(turn: Turn, asked: Statement, wording: Wording) -> Turn:
    """Return a question as it is put, with its answer; one without words stays so, and is left out."""
    if not all(turn):
        return turn
    if asked.options and wording.choices == "letter":
        return Turn(CHOICE_PROMPT.replace("{question}", turn.prompt), option_letter(asked) or turn.answer)
    put = QUESTION_PROMPT.replace("{question}", turn.prompt) if wording.prompts == "sarlang" else turn.prompt
    return turn._replace(prompt=put)


def _with_boxes(turn: Turn, sample: Sample, wording: Wording) -> Turn:
    size = Size(sample.image.annotation.width, sample.image.annotation.height)
    return Turn(*(in_form(text, wording.boxes, size) for text in turn))

"""VqaSettings: what can be set of visual question answering; and how a question is put."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sarvl.endpoint.endpoint_settings import EndpointSettings
from sarvl.language.prompts import CHOICE_PROMPT, QUESTION_PROMPT
from sarvl.measures.answers.boxes import BoxForm
from sarvl.models.decoding_settings import Decoding


class VqaSettings(BaseModel):
    """What can be set of visual question answering."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    prompt: str = Field(default=QUESTION_PROMPT, pattern=r"\{question\}")
    """What a question is put as, with ``{question}`` where it goes: SARLANG-1M's own."""
    choice_prompt: str = Field(default=CHOICE_PROMPT, pattern=r"\{question\}")
    """The same for a question with choices."""
    prefix: Literal["none", "sarlang"] = "none"
    """``sarlang``: the classes or positions before each question, which SARLANG-1M's first VQA subset needs where it is
    mixed with the second."""
    prefix_sources: tuple[str, ...] = ()
    """The sources of that first subset; all where none is named."""
    boxes: BoxForm = "xywh"
    """What the numbers of a box in an answer are: ``xywh`` or ``xyxy`` in pixels, or corners in parts of ``xyxy/1``,
    ``xyxy/100`` or ``xyxy/1000``."""
    decoding: Decoding = Decoding(most_tokens=64)
    """How answers are generated."""
    typed: bool = False
    """Whether an answer can only be one of its type, such as yes or no, with its probability among them; if not, models
    write what they like, as SARLANG-1M has it."""
    grounded: bool = False
    """Whether a model that can point is asked, behind each answer about one class, for the boxes that it rests on."""
    judge: EndpointSettings | None = None
    """A model that judges answers in words; none for no judge."""
    judge_cache: Path = Field(default=Path("judged"), exclude=True)
    """Folder of its verdicts, which are asked for once."""


def prompt_text(question: str, has_choices: bool, settings: VqaSettings) -> str:
    """Return a question as a model is asked it."""
    return (settings.choice_prompt if has_choices else settings.prompt).replace("{question}", question)

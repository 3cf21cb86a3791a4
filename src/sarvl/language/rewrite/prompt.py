"""The prompt of the model: a system text, few-shot examples from YAML, the caption, and what to say of a bad answer."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from sarvl.errors import RewriteError, unreadable
from sarvl.language.rewrite.check import check_rewrite

NOTHING_LEFT = "NONE"
MOST_EXAMPLE_BYTES = 2**18

Message = dict[str, str]


class Example(BaseModel):
    """A caption of an optical image, and what it becomes: a SAR caption or ``NONE``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    optical: Annotated[str, Field(min_length=1, max_length=1000)]
    sar: Annotated[str, Field(min_length=1, max_length=1000)]


class Prompt:
    """Messages for one caption."""

    def __init__(self, examples: Path | None = None) -> None:
        """Read ``examples``, or the packaged ones; RewriteError where they are none or break the rules themselves."""
        folder = files("sarvl.language.rewrite")
        self._system = folder.joinpath("prompt.txt").read_text(encoding="utf-8").strip()
        if examples is None:
            self.examples = _checked(folder.joinpath("examples.yaml").read_text(encoding="utf-8"), "examples.yaml")
        else:
            self.examples = _checked(_read(examples), str(examples))

    def messages(self, caption: str) -> list[Message]:
        """Return the messages that ask for ``caption`` to be rewritten."""
        messages = [_message("system", self._system)]
        for example in self.examples:
            messages += [_message("user", example.optical), _message("assistant", example.sar)]
        return [*messages, _message("user", caption)]

    def messages_again(self, caption: str, answer: str, problems: Sequence[str]) -> list[Message]:
        """Return the messages that ask once more, with what was wrong with the first answer."""
        told = "\n".join(
            ["That caption breaks the rules:", *(f"- {problem}" for problem in problems), "Write it again."]
        )
        return [*self.messages(caption), _message("assistant", answer), _message("user", told)]


def _message(role: str, content: str) -> Message:
    return {"role": role, "content": content}


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_EXAMPLE_BYTES:
            raise RewriteError(f"{path}: larger than {MOST_EXAMPLE_BYTES} bytes; a prompt has room for few examples")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise RewriteError(unreadable(path, problem)) from problem


def _checked(text: str, name: str) -> list[Example]:
    try:
        examples = TypeAdapter(list[Example]).validate_python(yaml.safe_load(text))
    except (yaml.YAMLError, ValidationError, RecursionError) as problem:
        reason = " ".join(str(problem).split())[:300]
        raise RewriteError(f"{name}: not a list of `optical` and `sar` captions ({reason})") from problem
    for example in examples:
        problems = [] if example.sar == NOTHING_LEFT else check_rewrite(example.optical, example.sar)
        if problems:
            raise RewriteError(f"{name}: the example {example.sar!r} breaks the rules: {problems[0]}")
    return examples

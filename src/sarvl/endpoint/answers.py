"""Answers of a model, as an endpoint sends them and as the cache keeps them: one small file each."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from sarvl.errors import EndpointError, unwritable
from sarvl.files import read_json, write_json
from sarvl.progress import note

Tokens = Annotated[int, Field(ge=0, le=10**9)]


class Answer(BaseModel):
    """What a model answered; the tokens are none where the endpoint did not count them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    finish_reason: str | None
    input_tokens: Tokens | None
    output_tokens: Tokens | None

    @field_validator("text")
    @classmethod
    def _is_text(cls, text: str) -> str:
        text.encode()  # JSON can hold halves of characters, which nothing can be written with
        return text


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: Tokens
    completion_tokens: Tokens


class _Completion(BaseModel):
    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: _Usage | None = None


def answer_from_completion(data: bytes) -> Answer:
    """Return the first choice of a chat completion; ValueError where ``data`` is none (pydantic's is one)."""
    completion = _Completion.model_validate_json(data)
    choice, usage = completion.choices[0], completion.usage
    return Answer(
        text=choice.message.content or "",
        finish_reason=choice.finish_reason,
        input_tokens=usage.prompt_tokens if usage else None,
        output_tokens=usage.completion_tokens if usage else None,
    )


class AnswerCache:
    """Answers on disk by the SHA-256 of their request: model, messages and parameters, not the address or the key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path_of(self, body: dict[str, Any]) -> Path:
        """Return where the answer to the request ``body`` is kept."""
        canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
        key = hashlib.sha256(canonical.encode()).hexdigest()
        return self.folder / key[:2] / f"{key}.json"

    def get(self, body: dict[str, Any]) -> Answer | None:
        """Return the answer kept for ``body``; None where there is none, or a broken one, which is said."""
        path = self.path_of(body)
        if not path.exists():
            return None
        try:
            entry = read_json(path, EndpointError)
            if not isinstance(entry, dict) or entry.get("request") != body:
                raise EndpointError(f"{path}: not the answer to this request")
            return Answer.model_validate(entry.get("answer"))
        except (EndpointError, ValidationError) as problem:
            note(f"broken cache entry, asked again: {path}: {str(problem).splitlines()[0]}")
            return None

    def put(self, body: dict[str, Any], answer: Answer) -> None:
        """Keep ``answer``, atomically: a killed run leaves a whole entry or none. EndpointError where it cannot."""
        path = self.path_of(body)
        try:
            write_json(path, {"request": body, "answer": answer.model_dump()})
        except OSError as problem:
            raise EndpointError(unwritable(path, problem)) from problem

"""Script: how a question about an image and its answer stand as tokens before a decoder, whichever it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from sarvl.errors import ModelError
from sarvl.models.answering.plain_text import plain_ids
from sarvl.models.answering.token_texts import TokenTexts
from sarvl.models.vocabulary import Vocabulary

_BROKEN = "\ufffd"  # what a part of a character is shown as
_IMAGE, _PROMPT, _ANSWER = "⟨image⟩", "⟨prompt⟩", "⟨answer⟩"  # stand for themselves in a chat template


class Script(Protocol):
    """Token ids of a row: ``head``, the image, and behind it questions, each with its answer.

    head: what stands before the image. end: the token behind an answer. padding: a token that stands for none.
    """

    @property
    def head(self) -> tuple[int, ...]: ...  # noqa: D102 - as above
    @property
    def end(self) -> int: ...  # noqa: D102
    @property
    def padding(self) -> int: ...  # noqa: D102

    def asked(self, prompts: Sequence[str]) -> list[list[int]]:
        """Return what stands behind the image of each prompt, up to the answer; the last token is always the same."""

    def written(self, answers: Sequence[str]) -> list[list[int]]:
        """Return each answer with the end."""

    def words(self, tokens: Sequence[int]) -> str:
        """Return the text of an answer's tokens, without an end."""

    @property
    def token_texts(self) -> TokenTexts:
        """The tokens as texts, for answers that keep to what they may be."""


@dataclass(frozen=True)
class PieceScript:
    """Of our vocabulary: the prompt, the mark of the start, the answer, that of the end; nothing before the image."""

    vocabulary: Vocabulary
    head: tuple[int, ...] = ()

    @property
    def end(self) -> int:
        """The mark of the end."""
        return self.vocabulary.end

    @property
    def padding(self) -> int:
        """The mark of padding."""
        return self.vocabulary.padding

    def asked(self, prompts: Sequence[str]) -> list[list[int]]:
        """Return the pieces of each prompt and the start."""
        return [[*pieces, self.vocabulary.start] for pieces in self.vocabulary.pieces_of(prompts)]

    def written(self, answers: Sequence[str]) -> list[list[int]]:
        """Return the pieces of each answer and the end."""
        return [[*pieces, self.vocabulary.end] for pieces in self.vocabulary.pieces_of(answers)]

    def words(self, tokens: Sequence[int]) -> str:
        """Return the text of pieces."""
        return self.vocabulary.words(tokens)

    @cached_property
    def token_texts(self) -> TokenTexts:
        """The pieces that stand for whole characters."""
        texts = {piece: self.vocabulary.words([piece]) for piece in range(self.vocabulary.pieces)}
        return TokenTexts({piece: text for piece, text in texts.items() if text and _BROKEN not in text})


@dataclass(frozen=True)
class ChatScript:
    """Of a tokenizer of transformers: its chat template, or plain lines where it has none.

    head, before, behind: token ids before the image, between it and the prompt, and between the prompt and the answer.
    """

    tokenizer: Any
    head: tuple[int, ...]
    before: tuple[int, ...]
    behind: tuple[int, ...]
    end: int

    @classmethod
    def of(cls, tokenizer: Any, where: str) -> "ChatScript":
        """Read the template of a tokenizer; raises ModelError where it has no end, or drops what it is given."""
        if tokenizer.eos_token_id is None:
            raise ModelError(f"{where}: its tokenizer has no token that ends a text; choose another language model")
        parts = _parts(_told(tokenizer, where), where)
        head, before, behind = (tuple(_ids(tokenizer, part)) for part in parts)
        begin = (tokenizer.bos_token_id,) if tokenizer.bos_token_id is not None and not tokenizer.chat_template else ()
        return cls(tokenizer, begin + head, before, behind, int(tokenizer.eos_token_id))

    @property
    def padding(self) -> int:
        """The end: it is never seen as such."""
        return self.end

    def asked(self, prompts: Sequence[str]) -> list[list[int]]:
        """Return the rest of the user's turn and the begin of the model's."""
        return [[*self.before, *plain_ids(self.tokenizer, prompt), *self.behind] for prompt in prompts]

    def written(self, answers: Sequence[str]) -> list[list[int]]:
        """Return each answer and the end of the turn."""
        return [[*plain_ids(self.tokenizer, answer), self.end] for answer in answers]

    def words(self, tokens: Sequence[int]) -> str:
        """Return the text of tokens."""
        return str(self.tokenizer.decode(list(tokens), skip_special_tokens=True))

    @cached_property
    def token_texts(self) -> TokenTexts:
        """The tokens of the tokenizer."""
        return TokenTexts.of_transformers(self.tokenizer)


def _ids(tokenizer: Any, text: str) -> list[int]:
    ids: list[int] = tokenizer.encode(text, add_special_tokens=False) if text else []
    return ids


def _told(tokenizer: Any, where: str) -> str:
    """Return a turn of a user and one of a model, as the tokenizer's template puts them."""
    if not tokenizer.chat_template:
        return f"{_IMAGE}\n{_PROMPT}\n{_ANSWER}"
    turns = [{"role": "user", "content": f"{_IMAGE}\n{_PROMPT}"}, {"role": "assistant", "content": _ANSWER}]
    try:
        return str(tokenizer.apply_chat_template(turns, tokenize=False))
    except Exception as problem:  # of many types: whatever a template makes of it
        reason = " ".join(str(problem).split())[:160]
        raise ModelError(f"{where}: its chat template cannot be used ({reason}); choose another model") from problem


def _parts(told: str, where: str) -> list[str]:
    parts = []
    for mark in (_IMAGE, _PROMPT, _ANSWER):
        part, is_told, told = told.partition(mark)
        if not is_told:
            raise ModelError(f"{where}: its chat template leaves out what is asked; choose another language model")
        parts.append(part)
    return parts

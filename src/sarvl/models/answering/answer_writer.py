"""AnswerWriter: answers inside their spaces, by whatever decoder: what a model has that answers questions."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import exp
from typing import NamedTuple

from sarvl.errors import ModelError
from sarvl.models.answering.answer_space import AnswerSpace, Boxes, FreeText
from sarvl.models.answering.box_words import BoxWords
from sarvl.models.answering.limited_text import LimitedText
from sarvl.models.answering.sureness import mean_probability_of, probability_of
from sarvl.models.answering.token_texts import TokenTexts
from sarvl.models.decoding import GrowingTexts, Written, write_on
from sarvl.models.decoding_settings import Decoding
from sarvl.models.protocols import Generated


class Together(NamedTuple):
    """Some questions that are answered at once, by their numbers, and how."""

    numbers: list[int]
    decoding: Decoding


def answered_together(spaces: Sequence[AnswerSpace], decoding: Decoding, at_once: int) -> Iterator[Together]:
    """Yield all questions: those for free texts as ``decoding`` says, all others by the likeliest token each time.

    Where that is the same, they stay in their order, so that questions about one image stay together. Raises ModelError
    for several drafts.
    """
    if decoding.drafts > 1:
        raise ModelError("drafts are for captions of a CLIP or CoCa with a decoder; leave `drafts` at 1")
    surest = replace(decoding, beams=1, groups=1, temperature=0.0, least_tokens=1)
    every = range(len(spaces))
    free = [number for number in every if isinstance(spaces[number], FreeText) and surest != decoding]
    others = sorted({*every} - {*free})
    for numbers, how in ((free, decoding), (others, surest)):
        for start in range(0, len(numbers), at_once):
            yield Together(numbers[start : start + at_once], how)


@dataclass(frozen=True)
class AnswerWriter:
    """What writes the answers of one model.

    vocabulary: its tokens as texts. words: from tokens to a free text. temperature: of its probabilities, as calibrated
    (``sureness``).
    """

    vocabulary: TokenTexts
    words: Callable[[Sequence[int]], str]
    temperature: float = 1.0

    def answers(
        self,
        texts: GrowingTexts,
        together: Together,
        spaces: Sequence[AnswerSpace],
        boxes: Sequence[BoxWords | None],
    ) -> list[Generated]:
        """Return one answer a question of ``together``, whose prompts ``texts`` go on from.

        spaces, boxes: what its answer may be, and how the model writes boxes of its image, None where it cannot.
        """
        patterns = [space.pattern(words) for space, words in zip(spaces, boxes, strict=True)]
        limits = [LimitedText(pattern, self.vocabulary) if pattern else None for pattern in patterns]
        written = write_on(texts, together.decoding, together.decoding.most_tokens, together.numbers, limits)
        each = zip(spaces, written, limits, boxes, strict=True)
        return [self._answer(space, text, limit, words) for space, text, limit, words in each]

    def _answer(
        self, space: AnswerSpace, written: Written, limit: LimitedText | None, boxes: BoxWords | None
    ) -> Generated:
        if limit is None:
            said = space.said(self.words(written.tokens), boxes)
            mean = exp(written.log_probability / (len(written.tokens) + 1))  # the end is a token, too
            return Generated(said.text, written.log_probability, said.boxes, mean_probability=mean)
        # Of boxes, one alone is likelier than several, however sure a model is of these.
        text, choices = limit.written if isinstance(space, Boxes) else limit.likeliest
        said = space.said(text, boxes)
        sure, mean = (of(choices, self.temperature) for of in (probability_of, mean_probability_of))
        return Generated(said.text, written.log_probability, said.boxes, sure, choices, mean)

"""AnswerWriter: answers inside their spaces, by whatever decoder: what a model gives that answers questions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sarvl.models.answering.answer_space import AnswerSpace, FreeText
from sarvl.models.answering.box_words import BoxWords
from sarvl.models.answering.limited_text import LimitedText
from sarvl.models.answering.sureness import probability_of
from sarvl.models.answering.token_texts import TokenTexts
from sarvl.models.decoding import GrowingTexts, Written, write_on
from sarvl.models.decoding_settings import Decoding
from sarvl.models.protocols import Generated

Begin = Callable[[Sequence[int], int], GrowingTexts]
"""From the numbers of some questions, and how many texts are followed of each, to the texts that answer them."""


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
        begin: Begin,
        spaces: Sequence[AnswerSpace],
        boxes: Sequence[BoxWords | None],
        decoding: Decoding,
        keys: Sequence[object] = (),
    ) -> list[Generated]:
        """Return one answer a question.

        spaces, boxes: what its answer may be, and how the model writes boxes of its image, None where it cannot.
        decoding: of free texts; in a space the likeliest continuation is taken each time. keys: one a
        question, its number where none are given: what is drawn of it depends on the seed and its key alone.
        """
        patterns = [space.pattern(words) for space, words in zip(spaces, boxes, strict=True)]
        free = [place for place, pattern in enumerate(patterns) if pattern is None]
        limited = [(place, pattern) for place, pattern in enumerate(patterns) if pattern is not None]
        answers: dict[int, Generated] = {}
        if free:
            texts = begin(free, decoding.beams)
            written = write_on(texts, decoding, decoding.most_tokens, [keys[place] if keys else place for place in free])
            answers |= {place: self._free(text, boxes[place]) for place, text in zip(free, written, strict=True)}
        if limited:
            limits = [LimitedText(pattern, self.vocabulary) for _, pattern in limited]
            how = replace(decoding, beams=1, groups=1, temperature=0.0, least_tokens=1)
            written = write_on(begin([place for place, _ in limited], 1), how, how.most_tokens, limits=limits)
            for (place, _), limit, text in zip(limited, limits, written, strict=True):
                answers[place] = self._limited(spaces[place], limit, text, boxes[place])
        return [answers[place] for place in range(len(spaces))]

    def _free(self, written: Written, boxes: BoxWords | None) -> Generated:
        said = FreeText().said(self.words(written.tokens), boxes)
        return Generated(said.text, written.log_probability, said.boxes)

    def _limited(self, space: AnswerSpace, limit: LimitedText, written: Written, boxes: BoxWords | None) -> Generated:
        said, choices = space.said(limit.text, boxes), tuple(limit.choices)
        return Generated(
            said.text, written.log_probability, said.boxes, probability_of(choices, self.temperature), choices
        )

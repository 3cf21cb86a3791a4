"""Learning to answer: the batches of image-text models of transformers, made by their processors."""

from collections.abc import Sequence
from typing import Any, Self

import torch
from torch import Tensor

from sarvl.imagery import PreparedImages
from sarvl.models.answering.image_text_model import ImageTextModel, causal_part
from sarvl.models.answering.pictures import picture_of
from sarvl.models.answering.plain_text import plain_ids
from sarvl.models.answering.processing import in_words

_NO_TOKEN = -100
_ROOM = 1 << 20  # where a configuration names no most positions


class LearningImageTextModel(ImageTextModel):
    """An image-text model of transformers that learns: ``Trainable``, ``AnswerLearner``; a row of a batch is a pair."""

    @classmethod
    def of(cls, model: ImageTextModel) -> Self:
        """Return a model that can learn, whose network is that of ``model``."""
        fields = (model.name, model.network, model.contract, model.config, model.processing)
        return cls(*fields, history=model.history, temperature=model.temperature)

    def normalise(self, pixels: Tensor) -> Tensor:
        """Return pixels as parts of 1: all else is done by the processor."""
        return pixels.float() / 255

    @property
    def _config(self) -> Any:
        return self.network.config

    @property
    def _padding(self) -> int:
        return int(self.processing.processor.tokenizer.pad_token_id)

    @property
    def room(self) -> int:
        """The most tokens that a pair may take beside a large image."""
        text: Any = getattr(self._config, "text_config", None) or self._config
        most = int(getattr(text, "max_position_embeddings", None) or _ROOM)
        return most - self.processing.image_tokens

    def tokens_of_pairs(self, pairs: Sequence[tuple[str, str]]) -> list[int]:
        """Return how many tokens the prompt and the answer of each pair take, without those of an image."""
        tokenizer = self.processing.processor.tokenizer
        asked = [tokenizer.encode(self.processing.prompt(prompt), add_special_tokens=False) for prompt, _ in pairs]
        written = self._written([answer for _, answer in pairs])
        return [len(ids) + len(answer) for ids, answer in zip(asked, written, strict=True)]

    def answer_inputs(
        self, images: PreparedImages, pixels: Tensor, pairs: Sequence[Sequence[tuple[str, str]]]
    ) -> dict[str, Tensor]:
        """Return what ``answer_logits`` takes: a row a pair, its image repeated, padding before it."""
        seen = PreparedImages(pixels.cpu().numpy(), images.offsets, images.grids, images.starts)
        pictures = [picture_of(seen[place], self.contract.frame) for place in range(len(seen))]
        asked = [(picture, *pair) for picture, own in zip(pictures, pairs, strict=True) for pair in own]
        shown, prompts, answers = zip(*asked, strict=True)
        inputs, boxes = self.processing.worded_inputs(shown, prompts)
        written = self._written([in_words(answer, words) for answer, words in zip(answers, boxes, strict=True)])
        # PaliGemma lets what stands before an answer see each other, and tells the answer by its type.
        kind_of_answer = int(self._config.model_type.startswith("paligemma"))
        return _with_answers(inputs, written, self._padding, kind_of_answer)

    def _written(self, answers: Sequence[str]) -> list[list[int]]:
        """Return the ids of each answer and of the token that ends it."""
        tokenizer, end = self.processing.processor.tokenizer, self._ends[0]
        joint = self.processing.joint
        return [[*plain_ids(tokenizer, joint + answer), end] for answer in answers]

    def answer_logits(self, inputs: dict[str, Tensor]) -> Tensor:
        """Return the logits (N, A, V) from which the tokens of ``answers`` are to be written."""
        taken = {name: value for name, value in inputs.items() if name not in _OURS}
        network, taken = causal_part(self.network, taken)
        length = inputs["answers"].shape[1]
        logits: Tensor = network(**taken, use_cache=False, return_dict=True).logits
        return logits[:, -length - 1 : -1]


_OURS = frozenset(("answers", "pair_of_answer", "weights", "is_caption"))


def _with_answers(
    inputs: dict[str, Any], written: Sequence[Sequence[int]], padding: int, kind_of_answer: int
) -> dict[str, Tensor]:
    """Put each answer behind its prompt, and padding before both, so that all rows end with their answers."""
    mask = inputs["attention_mask"].bool()
    lengths = [int(own.sum()) + len(answer) for own, answer in zip(mask, written, strict=True)]
    rows: dict[str, Tensor] = {}
    fills = {"input_ids": padding, "attention_mask": 0, "token_type_ids": 0, "mm_token_type_ids": 0}
    for name in (name for name in fills if name in inputs):
        behind = {"attention_mask": 1, "token_type_ids": kind_of_answer}.get(name, 0)
        rows[name] = torch.full((len(written), max(lengths)), fills[name], dtype=inputs[name].dtype)
        for row, own, there, answer in zip(rows[name], inputs[name], mask, written, strict=True):
            end = torch.tensor(answer) if name == "input_ids" else torch.full((len(answer),), behind)
            whole = torch.cat([own[there], end.to(own.dtype)])
            row[-len(whole) :] = whole
    longest = max(map(len, written))
    answers = torch.full((len(written), longest), _NO_TOKEN)
    number = torch.full((len(written), longest), -1)
    for place, answer in enumerate(written):
        answers[place, -len(answer) :], number[place, -len(answer) :] = torch.tensor(answer), place
    return {**inputs, **rows, "answers": answers, "pair_of_answer": number}

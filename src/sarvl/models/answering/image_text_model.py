"""ImageTextModel: any image-text-to-text model of transformers, which captions and answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from sarvl.errors import ModelError
from sarvl.imagery import ImageBatches, Prepared
from sarvl.models.answering.answer_space import AnswerSpace, FreeText
from sarvl.models.answering.answer_writer import AnswerWriter, answered_together
from sarvl.models.answering.box_words import BoxStyle, BoxWords
from sarvl.models.answering.causal_texts import CausalTexts
from sarvl.models.answering.pictures import Picture, picture_of
from sarvl.models.answering.processing import Processing, in_words
from sarvl.models.answering.shared_images import Alike, alike
from sarvl.models.answering.token_texts import TokenTexts
from sarvl.models.decoding_settings import Decoding
from sarvl.models.model import Model
from sarvl.models.protocols import Generated

_AT_ONCE = 16


@dataclass
class ImageTextModel(Model):
    """A network of transformers with its processor: an ``Answerer``, and a ``Captioner``.

    network: of ``AutoModelForImageTextToText``. contract: pictures as they are; the processor resizes them.
    temperature: of the probabilities of answers, as calibrated.
    """

    kind: ClassVar[str] = "image_text"
    processing: Processing
    temperature: float = field(default=1.0, kw_only=True)

    @property
    def box_style(self) -> BoxStyle | None:
        """How it writes boxes; None where it is not known to point at anything."""
        return self.processing.family.boxes

    @torch.inference_mode()
    def answer(
        self,
        images: ImageBatches,
        questions: Sequence[str],
        decoding: Decoding,
        spaces: Sequence[AnswerSpace] | None = None,
    ) -> list[Generated]:
        """Return one answer an image (``Answerer``); boxes in a question are put in the words of the model.

        Images are seen as the processor resizes them; boxes are in pixels of the images as they were read. An image
        that several questions are about, of those answered at once, is taken in once, where the family allows it.
        """
        self.network.eval()
        given = list(spaces) if spaces is not None else [FreeText()] * len(questions)
        answers: dict[int, Generated] = {}
        for together in answered_together(given, decoding, _AT_ONCE):
            rows = together.numbers
            pictures = [picture_of(image, self.contract.frame) for image in _each(images, rows)]
            texts, boxes = self._asked(pictures, [questions[row] for row in rows], together.decoding.beams)
            own = self._writer.answers(texts, together, [given[row] for row in rows], boxes)
            answers |= dict(zip(rows, own, strict=True))
        return [answers[row] for row in range(len(questions))]

    def _asked(
        self, pictures: Sequence[Picture], questions: Sequence[str], texts_an_image: int
    ) -> tuple[CausalTexts, list[BoxWords | None]]:
        """Return what goes on from questions about pictures, and how boxes of each are written."""
        processing, every = self.processing, list(range(len(pictures)))
        same = alike(pictures) if processing.family.in_order else Alike(every, every)
        some, asked = [pictures[row] for row in same.first], [questions[row] for row in same.first]
        inputs = processing.inputs(some, asked)
        words = processing.box_words(some, inputs)
        boxes = [words[number] for number in same.number]
        worded = [in_words(text, own) for text, own in zip(questions, boxes, strict=True)]
        if (first := [worded[row] for row in same.first]) != asked:  # boxes depend on how a picture is resized
            inputs = processing.inputs(some, first)
        behind = None
        if len(some) < len(pictures):
            apart = processing.parted(inputs, worded, same)
            inputs, behind = apart or (processing.inputs(pictures, worded), None)
        network, inputs = causal_part(self.network, _moved(inputs, self.device, self._dtype))
        return CausalTexts(network, inputs, self._ends, texts_an_image, behind), boxes

    def caption(self, images: ImageBatches, decoding: Decoding | None = None) -> list[Generated]:
        """Return one caption an image (``Captioner``), asked for as SARLANG-1M does; BLIP-2 needs no prompt."""
        return self.answer(images, [self.processing.caption_prompt] * len(images), decoding or Decoding())

    @cached_property
    def _vocabulary(self) -> TokenTexts:
        return TokenTexts.of_transformers(self.processing.processor.tokenizer)

    @property
    def _writer(self) -> AnswerWriter:
        tokenizer = self.processing.processor.tokenizer

        def words(tokens: Sequence[int]) -> str:
            return str(tokenizer.decode(list(tokens), skip_special_tokens=True))

        return AnswerWriter(self._vocabulary, words, self.temperature)

    @property
    def _ends(self) -> tuple[int, ...]:
        """The tokens that end a text, as the folder's generation configuration says; else the tokenizer's own."""
        network: Any = self.network
        ends = network.generation_config.eos_token_id
        ends = self.processing.processor.tokenizer.eos_token_id if ends is None else ends
        if ends is None:
            raise ModelError(
                f"{self.name}: nothing says which token ends a text; add eos_token_id to its configuration"
            )
        return tuple(ends) if isinstance(ends, list | tuple) else (int(ends),)

    @property
    def _dtype(self) -> torch.dtype:
        return next(self.network.parameters()).dtype

    def write_files(self, folder: Path) -> None:
        """Write network and processor as transformers does, so that its classes, and ``hf:``, open the folder."""
        network: Any = self.network
        network.save_pretrained(folder)
        self.processing.processor.save_pretrained(folder)


def causal_part(network: Any, inputs: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return the network that writes, and its inputs: of BLIP-2, whose own call keeps no cache, its language model."""
    if network.config.model_type != "blip-2":
        return network, dict(inputs)
    embedded = network.get_input_embeddings()(inputs["input_ids"])
    seen = network.get_image_features(inputs["pixel_values"], return_dict=True).pooler_output
    places = (inputs["input_ids"] == network.config.image_token_id)[..., None]
    joined = embedded.masked_scatter(places, seen.to(embedded.dtype))
    return network.language_model, {"inputs_embeds": joined, "attention_mask": inputs["attention_mask"]}


def _each(images: ImageBatches, rows: Sequence[int]) -> Iterator[Prepared]:
    batch = images.batch(rows)
    yield from (batch[place] for place in range(len(batch)))


def _moved(inputs: Mapping[str, Any], device: torch.device, dtype: torch.dtype) -> dict[str, Any]:
    """Return inputs on a device; what are fractions in the type of the weights."""
    moved = {name: value.to(device) if isinstance(value, Tensor) else value for name, value in inputs.items()}
    return {
        name: value.to(dtype) if isinstance(value, Tensor) and value.is_floating_point() else value
        for name, value in moved.items()
    }

"""SarvlGpt: answers questions about images and describes them, by the image tower of a checkpoint of ours."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from sarvl.imagery import ImageBatches, PreparedImages
from sarvl.language.prompts import CAPTION_PROMPT
from sarvl.models.answering.answer_space import AnswerSpace, FreeText
from sarvl.models.answering.answer_writer import AnswerWriter, answered_together
from sarvl.models.answering.box_words import BoxStyle, BoxWords, SeenPart, Size
from sarvl.models.decoding_settings import Decoding
from sarvl.models.gpt.gpt_files import write_gpt_files
from sarvl.models.gpt.gpt_texts import GptTexts
from sarvl.models.gpt.images_seen import ImagesSeen
from sarvl.models.gpt.language_options import SmallLanguage
from sarvl.models.gpt.network import GptNetwork, Seen
from sarvl.models.gpt.rows import Pairs, packed_rows
from sarvl.models.gpt.script import PieceScript, Script
from sarvl.models.model import Model
from sarvl.models.networks.feature_tower import FeatureTower, feature_tower
from sarvl.models.networks.image_inputs import image_inputs
from sarvl.models.networks.planes import normalised
from sarvl.models.networks.spatial_tokens import token_grid
from sarvl.models.protocols import Generated
from sarvl.models.vocabulary import Vocabulary

_AT_ONCE = 16
_BOX_PARTS = 100
_BOXES = BoxStyle(parts=_BOX_PARTS)


@dataclass
class SarvlGpt(Model):
    """An image tower, a projector and a decoder: ``Answerer``, ``Captioner``, ``Trainable``, ``AnswerLearner``.

    network: a ``GptNetwork``. config: open_clip's model_cfg, of which the image tower is built. contract: squares, or
    tiles with a thumbnail, each of which goes through the tower. script: how texts are tokens. language: what a small
    decoder is built from; None for one of transformers. temperature: of the probabilities of answers, as calibrated.
    blind: whether it sees every image black, for comparisons.
    """

    kind: ClassVar[str] = "sarvl_gpt"
    script: Script
    language: SmallLanguage | None
    temperature: float = field(default=1.0, kw_only=True)
    blind: bool = field(default=False, kw_only=True)

    @property
    def gpt(self) -> GptNetwork:
        """The network."""
        return self.network  # type: ignore[return-value]

    @property
    def box_style(self) -> BoxStyle:
        """How it writes boxes: ``[x1, y1, x2, y2]`` in hundredths of the image."""
        return _BOXES

    def normalise(self, pixels: Tensor) -> Tensor:
        """Turn bytes (B, C, S, S) of the input contract into what the image tower takes: float (B, channels, S, S)."""
        return normalised(pixels, self.contract)

    def feature_tower(self, side: int) -> FeatureTower:
        """Return a copy of the image tower that gives maps of images of ``side`` pixels (``FeatureMaps``)."""
        return feature_tower(self.network, side, self.name)

    def seen(self, pixels: Tensor, tiles_of_image: Tensor, places: Tensor) -> Seen:
        """Return what the decoder sees of B images, from their tiles as ``image_inputs`` gives them."""
        shown = torch.zeros_like(pixels) if self.blind else pixels
        return self.gpt.seen(self.normalise(shown), tiles_of_image, places, self.script.head)

    @torch.inference_mode()
    def answer(
        self,
        images: ImageBatches,
        questions: Sequence[str],
        decoding: Decoding,
        spaces: Sequence[AnswerSpace] | None = None,
    ) -> list[Generated]:
        """Return one answer an image (``Answerer``), each token computed once; boxes are in pixels of the image.

        An image that comes several times goes through the tower and the decoder once, where its questions stand
        together.
        """
        self.network.eval()
        given = list(spaces) if spaces is not None else [FreeText()] * len(questions)
        writer = AnswerWriter(self.script.token_texts, self.script.words, self.temperature)
        answers: dict[int, Generated] = {}
        all_seen = ImagesSeen(self._seen)
        for together in answered_together(given, decoding, _AT_ONCE):
            rows = together.numbers
            batch = images.batch(rows)
            boxes = box_words(batch)
            asked = self.script.asked([words.in_words(questions[row]) for words, row in zip(boxes, rows, strict=True)])
            texts = GptTexts(self.gpt, self.script, *all_seen.of(batch), asked, texts_an_image=together.decoding.beams)
            own = writer.answers(texts, together, [given[row] for row in rows], boxes)
            answers |= dict(zip(rows, own, strict=True))
        return [answers[row] for row in range(len(questions))]

    def _seen(self, images: PreparedImages) -> Seen:
        inputs = image_inputs(images, torch.from_numpy(images.tiles))
        return self.seen(*(inputs[name].to(self.device) for name in ("pixels", "tiles_of_image", "places")))

    def caption(self, images: ImageBatches, decoding: Decoding | None = None) -> list[Generated]:
        """Return one caption an image (``Captioner``), asked for as in training unless its recipe said otherwise."""
        return self.answer(images, [CAPTION_PROMPT] * len(images), decoding or Decoding())

    def answer_inputs(self, images: PreparedImages, pixels: Tensor, pairs: Sequence[Pairs]) -> dict[str, Tensor]:
        """Return what ``answer_logits`` takes of B images and the pairs about each, which share its tokens."""
        inputs = image_inputs(images, pixels)
        del inputs["grids"]
        worded = [_in_words(words, own) for words, own in zip(box_words(images), pairs, strict=True)]
        return inputs | packed_rows(self.script, worded)

    def answer_logits(self, inputs: dict[str, Tensor]) -> Tensor:
        """Return the logits (B, A, V) of each token that is to be written."""
        seen = self.seen(inputs["pixels"], inputs["tiles_of_image"], inputs["places"])
        return self.gpt.logits(seen, *(inputs[name] for name in ("tokens", "pair", "offsets", "kept")))

    def tokens_of_pairs(self, pairs: Pairs) -> list[int]:
        """Return how many tokens each pair takes of those that the decoder has room for."""
        asked = self.script.asked([prompt for prompt, _ in pairs])
        written = self.script.written([answer for _, answer in pairs])
        return [len(before) + len(answer) for before, answer in zip(asked, written, strict=True)]

    @property
    def room(self) -> int:
        """The most tokens that a pair may take."""
        most_tiles: Any = getattr(self.contract.frame, "most_tiles", 0)
        room: int = self.gpt.decoder.context - len(self.script.head) - (1 + most_tiles) * self.tokens_a_tile
        return room

    @property
    def tokens_a_tile(self) -> int:
        """How many vectors a tile becomes."""
        side = self.contract.frame.side
        blank = torch.zeros((1, len(self.contract.bands), side, side), dtype=torch.uint8, device=self.device)
        _, rows, columns = token_grid(self.network, self.normalise(blank), self.name)
        return rows * columns

    def write_files(self, folder: Path) -> None:
        """Write the files of a checkpoint from which the network can be loaded."""
        write_gpt_files(self, folder)


def box_words(images: PreparedImages) -> list[BoxWords]:
    """Return how boxes of each image are written: in hundredths of what its first tile shows."""
    return [_box_words(*images.offsets[first].tolist()) for first in images.starts[:-1]]


def _box_words(left: int, top: int, width: int, height: int) -> BoxWords:
    image = Size(left + width, top + height)
    return BoxWords(_BOXES, image, SeenPart(left, top, width, height), Size(_BOX_PARTS, _BOX_PARTS))


def _in_words(words: BoxWords, pairs: Pairs) -> Pairs:
    return [(words.in_words(prompt), words.in_words(answer)) for prompt, answer in pairs]


class SmallGpt(SarvlGpt):
    """A SarvlGpt with a decoder of ours: a ``VocabularyLearner``."""

    @property
    def vocabulary(self) -> Vocabulary:
        """What it reads and writes with."""
        script: Any = self.script
        return script.vocabulary  # type: ignore[no-any-return]

    def take_vocabulary(self, vocabulary: Vocabulary) -> None:
        """Read and write with another vocabulary from now on: the weights that belong to its pieces are drawn anew."""
        self.script = PieceScript(vocabulary)
        decoder: Any = self.gpt.text_decoder
        decoder.take_vocabulary(vocabulary.size)
        decoder.to(self.device)

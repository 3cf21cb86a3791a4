"""What a processor of transformers does to pictures and questions: its prompts, and the part of a picture it keeps."""

from collections.abc import Sequence
from functools import cached_property
from math import isqrt
from typing import Any

import numpy as np
import torch

from sarvl.errors import ModelError
from sarvl.language.prompts import CAPTION_PROMPT, question_in
from sarvl.models.answering.box_words import BoxStyle, BoxWords, SeenPart, Size
from sarvl.models.answering.families import Family
from sarvl.models.answering.pictures import Picture
from sarvl.models.answering.plain_text import without_special
from sarvl.models.answering.shared_images import Alike, Behind, parted

_DEFAULT_MOST_PIXELS = 2048 * 2048


class Processing:
    """A processor with its family: from pictures and questions to what the network takes, and how boxes are written."""

    def __init__(self, processor: Any, family: Family, name: str) -> None:
        """Take a processor; raises ModelError where nobody knows how its model is prompted. name: of the model."""
        self.processor, self.family = processor, family
        self._template = getattr(processor, "chat_template", None) or processor.tokenizer.chat_template
        if not self._template and family.question is None:
            raise ModelError(f"{name}: its processor has no chat template; add its chat_template.jinja to the folder")

    @property
    def most_pixels(self) -> int:
        """The most pixels of a picture that the processor leaves as it is; 2048 x 2048 where it has no such limit."""
        images = self.processor.image_processor
        if not hasattr(images, "merge_size"):
            return _DEFAULT_MOST_PIXELS
        most = images.size["longest_edge"]  # of Qwen-VL it is an area
        return min(int(most), _DEFAULT_MOST_PIXELS)

    @property
    def caption_prompt(self) -> str:
        """What is asked for a caption; nothing where the family has a prompt of its own for it."""
        return CAPTION_PROMPT if self._template or self.family.caption is None else ""

    def prompt(self, question: str) -> str:
        """Return what the model reads of a question, with one image; of no question, what it reads for a caption.

        Marks of images in a question are left out; other special tokens in it are plain text.
        """
        for mark in ("<image>", self._image_mark()):
            question = question.replace(mark, "")
        question = without_special(self.processor.tokenizer, question.strip())
        if not self._template:
            question = self._alone(question)
            form = self.family.question if question else self.family.caption
            return (form or "").replace("{question}", question)
        content = [{"type": "image"}, {"type": "text", "text": question}]
        said: str = self.processor.apply_chat_template(
            [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
        )
        return said

    def _alone(self, question: str) -> str:
        """Return a question without SARLANG's words around it where the family has its own; for a caption nothing."""
        if not self.family.stands_alone:
            return question
        return "" if question == CAPTION_PROMPT else question_in(question)

    @property
    def joint(self) -> str:
        """What stands between a prompt and its answer: a blank, but behind a blank, a line break or a mark."""
        return "" if (self.prompt("?") + self.family.behind).endswith(("\n", " ", ">")) else " "

    @cached_property
    def image_tokens(self) -> int:
        """The most tokens that the processor adds to a prompt, for an image and around it.

        Counted where it is square and where it is wide, each as large as it can be: some processors cut it into parts.
        """
        side = isqrt(self.most_pixels)
        sizes = (Size(side, side), Size(side, side * 3 // 4))
        pictures = [Picture(np.zeros((size.height, size.width, 3), np.uint8), size) for size in sizes]
        taken = max(self.inputs([picture], ["?"])["input_ids"].shape[1] for picture in pictures)
        return int(taken) - len(self.processor.tokenizer.encode(self.prompt("?"), add_special_tokens=False))

    def _image_mark(self) -> str:
        return str(getattr(self.processor, "image_token", "<image>"))

    def inputs(self, pictures: Sequence[Picture], questions: Sequence[str]) -> dict[str, Any]:
        """Return what the network takes of pictures and questions, one of each; prompts are padded on the left."""
        tokenizer = self.processor.tokenizer
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        tokenizer.padding_side = "left"
        made = self.processor(
            images=[[_as_torch(picture.pixels)] for picture in pictures],
            text=[self.prompt(question) for question in questions],
            padding=True,
            return_tensors="pt",
        )
        return {name: value for name, value in made.items() if name != "labels"}

    def worded_inputs(
        self, pictures: Sequence[Picture], questions: Sequence[str]
    ) -> tuple[dict[str, Any], list[BoxWords | None]]:
        """Return ``inputs`` with the boxes of questions as the model writes them, and how it writes those of each."""
        inputs = self.inputs(pictures, questions)
        boxes = self.box_words(pictures, inputs)
        worded = [in_words(text, words) for text, words in zip(questions, boxes, strict=True)]
        # The boxes of a question depend on how its picture is resized.
        return inputs if worded == list(questions) else self.inputs(pictures, worded), boxes

    def parted(
        self, inputs: dict[str, Any], questions: Sequence[str], same: Alike
    ) -> tuple[dict[str, Any], Behind] | None:
        """Return the inputs of different pictures up to the end of each, and what stands behind it of each question.

        inputs: of the first question about each. None where the one cannot be told from the other.
        """
        tokenizer = self.processor.tokenizer
        prompts = [tokenizer.encode(self.prompt(question), add_special_tokens=False) for question in questions]
        mark = int(tokenizer.convert_tokens_to_ids(self._image_mark()))
        return parted(inputs, prompts, same, mark, int(tokenizer.pad_token_id))

    def box_words(self, pictures: Sequence[Picture], inputs: dict[str, Any]) -> list[BoxWords | None]:
        """Return how boxes of each picture are written; None of all where the family is not known to."""
        style = self.family.boxes
        if style is None:
            return [None] * len(pictures)
        grids = inputs.get("image_grid_thw")
        return [
            self._words(style, picture, None if grids is None else grids[place].tolist())
            for place, picture in enumerate(pictures)
        ]

    def _words(self, style: BoxStyle, picture: Picture, grid: list[int] | None) -> BoxWords:
        images, (height, width) = self.processor.image_processor, picture.pixels.shape[:2]
        if grid is not None:
            _, rows, columns = grid
            seen_pixels = Size(columns * images.patch_size, rows * images.patch_size)
            return BoxWords(style, picture.image, _part(picture.image, 0, 0, 1, 1), seen_pixels)
        if getattr(images, "do_pad", False) and hasattr(images, "pad_to_square"):
            across, down = max(height, width) / width, max(height, width) / height
            part = _part(picture.image, (1 - across) / 2, (1 - down) / 2, across, down)
            return BoxWords(style, picture.image, part, Size(max(height, width), max(height, width)))
        if getattr(images, "do_center_crop", False):
            return BoxWords(style, picture.image, *_crop(images, picture))
        return BoxWords(style, picture.image, _part(picture.image, 0, 0, 1, 1), Size(width, height))


def in_words(text: str, words: BoxWords | None) -> str:
    """Return a text with its boxes as a model writes them; as it is where nobody knows how."""
    return words.in_words(text) if words else text


def _crop(images: Any, picture: Picture) -> tuple[SeenPart, Size]:
    """Return what a processor keeps of a picture whose shorter side it scales, to then cut out its middle."""
    height, width = picture.pixels.shape[:2]
    crop = Size(images.crop_size["width"], images.crop_size["height"])
    shortest = images.size["shortest_edge"] if images.do_resize and "shortest_edge" in images.size else None
    scale = shortest / min(height, width) if shortest else 1.0
    across, down = crop.width / (width * scale), crop.height / (height * scale)
    return _part(picture.image, (1 - across) / 2, (1 - down) / 2, across, down), crop


def _part(image: Size, left: float, top: float, width: float, height: float) -> SeenPart:
    """Return a part of an image, given in shares of it, in its pixels."""
    return SeenPart(left * image.width, top * image.height, width * image.width, height * image.height)


def _as_torch(pixels: "np.ndarray[Any, np.dtype[np.uint8]]") -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))  # (3, H, W)

"""StoppedBatch: what is kept of the batch on which a run had to stop, as its loss was no finite number."""

from typing import Literal

import numpy as np
import torch

from sarvl.documents import Document
from sarvl.training.objective import Batch

STOPPED_BATCH = "stopped_batch.json"


class StoppedPair(Document):
    """One pair of the batch."""

    corpus: str
    """The folder of its corpus."""
    image_row: int
    """Row of its image in the corpus's images table."""
    text_row: int
    """Row of its text in the corpus's texts table."""
    image_id: str
    """The image."""
    file: str
    """The file of the image."""
    text: str
    """The text."""
    tokens: tuple[int, ...]
    """Its token ids, with their padding; none where the objective reads texts itself."""


class StoppedBatch(Document):
    """All of stopped_batch.json."""

    format_version: Literal[1] = 1
    """Version of the file."""
    stage: str
    """Name of the stage."""
    step: int
    """The step, counted within the stage."""
    global_step: int
    """The step, counted over all stages."""
    loss: str
    """The loss: ``nan``, ``inf`` or ``-inf``; a number where the gradient was no finite number."""
    parts: dict[str, str]
    """The parts of the loss by name, as the loss."""
    gradient_norm: str | None
    """The norm of the gradient, where the loss was finite."""
    pairs: tuple[StoppedPair, ...]
    """The pairs, in the order of the batch."""


def pairs_of(batch: Batch) -> tuple[StoppedPair, ...]:
    """Return what the pairs of a batch are, each image with each of its texts."""
    corpora, texts_of_image = batch.corpora, batch.texts_of_image
    texts = np.concatenate(texts_of_image)
    rows = batch.tokens.repeat_interleave(torch.tensor([len(own) for own in texts_of_image]), dim=0)
    images = corpora.image_of_text[texts]
    parts = corpora.part_of_images(images)
    return tuple(
        StoppedPair(
            corpus=str(corpora.parts[part].folder),
            image_row=int(image - corpora.image_starts[part]),
            text_row=int(text - corpora.text_starts[part]),
            image_id=corpora.images["image_id"][int(image)].as_py(),
            file=str(corpora.parts[part].paths[image - corpora.image_starts[part]]),
            text=corpora.texts["text"][int(text)].as_py(),
            tokens=tuple(tokens.tolist()),
        )
        for part, image, text, tokens in zip(parts, images, texts, rows, strict=True)
    )

"""What is evaluated: the images of a split, and a model together with its features of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from os.path import normpath
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sarvl.corpus import Corpus, pixel_cache
from sarvl.errors import EvaluationError
from sarvl.files import FilePath
from sarvl.imagery import ChosenImages
from sarvl.models import Model, load_model
from sarvl.models.protocols import Ability, ImageEmbedder, able
from sarvl.progress import note
from sarvl.training.run_folder import unfinished


@dataclass(frozen=True)
class SplitImages:
    """The images of a split of a corpus, or those of some of its sources. rows: ``(N,)``, theirs in the corpus."""

    corpus: Corpus
    split: str
    rows: NDArray[np.int64]

    @classmethod
    def open(cls, corpus: FilePath, split: str, sources: Sequence[str] = ()) -> "SplitImages":
        """Open the corpus and select; raises CorpusError where that cannot be had."""
        opened = Corpus.open(corpus)
        return cls(opened, split, opened.rows_of(split, sources))

    def of_source(self, source: str) -> NDArray[np.int64]:
        """Return the positions, among the images, of those of one source."""
        names = self.corpus.column("source")
        return np.array([place for place, row in enumerate(self.rows) if names[row] == source], dtype=np.int64)

    @cached_property
    def ids(self) -> list[str]:
        """The id of each image."""
        ids = self.corpus.column("image_id")
        return [ids[row] for row in self.rows]

    @cached_property
    def groups(self) -> list[str]:
        """One label an image: the scene that it was cut from, else the image itself. Its images are not independent."""
        groups, sources = self.corpus.column("group"), self.corpus.column("source")
        pairs = zip(self.rows, self.ids, strict=True)
        return [f"{sources[row]}:{groups[row]}" if groups[row] else name for row, name in pairs]


@dataclass(frozen=True)
class EvaluatedModel:
    """A model and the images that it is evaluated on; features are made once, when a task first asks for them."""

    name: str
    model: Model
    images: SplitImages
    workers: int | None = None

    @classmethod
    def load(cls, name: FilePath, images: SplitImages, workers: int | None = None) -> "EvaluatedModel":
        """Load a model by the name that it is called by in the rows; raises ModelError where it cannot be had.

        Of a run that is not finished it is said on standard error.
        """
        if told := unfinished(Path(name)):
            note(f"{name} {told}")
        return cls(normpath(name) if Path(name).exists() else str(name), load_model(name), images, workers)

    def able(self, ability: type[Ability], asker: str) -> Ability:
        """Return the model as what has an ability of ``models.protocols``; EvaluationError where it lacks it.

        asker: what needs it, such as ``task retrieval``.
        """
        return able(self.model, ability, asker, self.name, EvaluationError)

    @cached_property
    def image_features(self) -> NDArray[np.float32]:
        """Unit features of the images (N, D)."""
        embedder = self.able(ImageEmbedder, "a measure of image features")
        images = pixel_cache(self.images.corpus, self.model.contract, self.workers)
        return embedder.encode_images(ChosenImages(images, self.images.rows))

"""What is evaluated: the images of a split, and a model together with its features of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from os.path import normpath
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarvl.corpus import Corpus, pixel_cache, prepared_rows
from sarvl.errors import EvaluationError, ImageError
from sarvl.files import FilePath
from sarvl.imagery import ChosenImages, ImageBatches, PreparedImages, Quantity, SarImage
from sarvl.imagery.degradation import Degradation, degrade
from sarvl.models.hub import check_hub
from sarvl.progress import Work, note, progress
from sarvl.seeds import seeded_bytes, seeded_number

if TYPE_CHECKING:
    from sarvl.models import Model

Ability = TypeVar("Ability")


@dataclass(frozen=True)
class SplitImages:
    """The images of a split of a corpus, or those of some of its sources. rows: ``(N,)``, theirs in the corpus.

    limit: how many were drawn, where it was not to be all.
    """

    corpus: Corpus
    split: str
    rows: NDArray[np.int64]
    limit: int | None = None

    @classmethod
    def open(cls, corpus: FilePath, split: str, sources: Sequence[str] = ()) -> "SplitImages":
        """Open the corpus and select; raises CorpusError where that cannot be had."""
        opened = Corpus.open(corpus)
        return cls(opened, split, opened.rows_of(split, sources))

    def drawn(self, limit: int | None) -> "SplitImages":
        """Return ``limit`` of the images, drawn from the corpus's seed, in their order; all where there are no more."""
        if limit is None or limit >= len(self.rows):
            return self
        ids = self.corpus.column("image_id")
        drawn = sorted(self.rows.tolist(), key=lambda row: seeded_bytes(self.corpus.seed, ids[row], "limit"))[:limit]
        return replace(self, rows=np.array(sorted(drawn), np.int64), limit=limit)

    def in_split(self, split: str) -> "SplitImages":
        """Return the images of another split that are of the same sources, all of them; CorpusError for none.

        What is learnt from, or compared with, is whole however few are measured.
        """
        names = self.corpus.column("source")
        sources = list(dict.fromkeys(names[row] for row in self.rows))
        return SplitImages(self.corpus, split, self.corpus.rows_of(split, sources))

    @property
    def sources(self) -> list[str]:
        """The sources that the images are of, sorted."""
        names = self.corpus.column("source")
        return sorted({names[row] for row in self.rows})

    @property
    def whole(self) -> str:
        """What all the images together are called in rows: ``all``, or the names of their sources joined by ``+``."""
        return "all" if self.sources == sorted(set(self.corpus.column("source"))) else "+".join(self.sources)

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
    """A model and the images that it is evaluated on; both the model and its features are had when first asked for.

    name: what the model is called by in the rows. device: where it computes. batch_size: images that it sees at once.
    shares: whose model this is, where the same one is shown other images (``on``, ``degraded``).
    degradation: what is done to every image before the model sees it; None for nothing.
    """

    name: str
    images: SplitImages
    workers: int | None = None
    device: str | None = field(default=None, kw_only=True)
    batch_size: int | None = field(default=None, kw_only=True)
    shares: "EvaluatedModel | None" = field(default=None, kw_only=True)
    degradation: Degradation | None = field(default=None, kw_only=True)

    def degraded(self, degradation: Degradation) -> "EvaluatedModel":
        """Return the same model with images that are degraded; no pixels of them are kept."""
        return replace(self, degradation=degradation, shares=self)

    def read(self, place: int) -> SarImage:
        """Return one of the images as the model is to see it: degraded, by draws from the corpus's seed and its id."""
        corpus, image = self.images.corpus, self.images.corpus.read(int(self.images.rows[place]))
        if self.degradation is None:
            return image
        seed = seeded_number(corpus.seed, self.images.ids[place], self.degradation)
        return degrade(image, self.degradation, np.random.default_rng(seed))

    @classmethod
    def named(
        cls,
        name: FilePath,
        images: SplitImages,
        workers: int | None = None,
        device: str | None = None,
        batch_size: int | None = None,
    ) -> "EvaluatedModel":
        """Name a model as ``load_model`` takes it; nothing is loaded yet, but a Hub that is asked for must answer."""
        check_hub(str(name))
        told = normpath(name) if Path(name).exists() else str(name)
        return cls(told, images, workers, device=device, batch_size=batch_size)

    @cached_property
    def model(self) -> "Model":
        """The model; raises ModelError where it cannot be had. Of a run that is not finished it is said."""
        if self.shares is not None:
            return self.shares.model
        from sarvl.models import load_model  # noqa: PLC0415 - heavy, and needed only once the rest was checked
        from sarvl.models.device import on_device  # noqa: PLC0415
        from sarvl.training.run.run_folder import unfinished  # noqa: PLC0415

        if state := unfinished(Path(self.name)):
            note(f"{self.name} {state}")
        return on_device(load_model(self.name), self.device)

    def able(self, ability: type[Ability], asker: str) -> Ability:
        """Return the model as what has an ability of ``models.protocols``; EvaluationError where it lacks it.

        asker: what needs it, such as ``task retrieval``.
        """
        from sarvl.models.protocols import able  # noqa: PLC0415 - as heavy as the model

        return able(self.model, ability, asker, self.name, EvaluationError)

    def check_able(self, ability: type | UnionType, asker: str) -> None:
        """Raise EvaluationError where the model lacks an ability, or each of several."""
        from sarvl.models.protocols import check_able  # noqa: PLC0415 - see above

        check_able(self.model, ability, asker, self.name, EvaluationError)

    def check_contract(self) -> None:
        """Raise EvaluationError where the model's input contract refuses some of the images, by quantity or bands."""
        self._check_rows(self.images.rows)

    def _check_rows(self, rows: NDArray[np.int64]) -> None:
        corpus = self.images.corpus
        paths, readings = corpus.paths, corpus.readings
        kinds: dict[tuple[Any, ...], list[int]] = {}
        for row in rows.tolist():
            kinds.setdefault((readings[row].quantity, readings[row].bands), []).append(row)
        for (quantity, bands), of_kind in kinds.items():
            pixels = np.zeros((len(bands), 1, 1), np.float32)
            try:
                self.model.contract.check(SarImage(pixels, Quantity(quantity), bands, path=paths[of_kind[0]]))
            except ImageError as problem:
                raise EvaluationError(
                    f"{self.name}: its input contract does not fit {len(of_kind)} of {len(rows)} images ({problem})"
                ) from problem

    def _fits_whole_corpus(self) -> bool:
        try:
            self._check_rows(np.arange(len(self.images.corpus.readings)))
        except EvaluationError:
            return False
        return True

    @property
    def parameters(self) -> int:
        """How many numbers the network has that were or could be trained."""
        return sum(parameter.numel() for parameter in self.model.network.parameters())

    @cached_property
    def _by_split(self) -> "dict[str, EvaluatedModel]":
        return {self.images.split: self}

    def on(self, split: str) -> "EvaluatedModel":
        """Return the same model on another split of the same sources, whose features are made once for all tasks.

        Its images are as they are, also where those of this one are degraded. Raises CorpusError where the split has
        none of the sources.
        """
        if self.degradation and self.shares and split != self.images.split:
            return self.shares.on(split)
        if split not in self._by_split:
            self._by_split[split] = replace(self, images=self.images.in_split(split), shares=self)
        return self._by_split[split]

    @cached_property
    def image_features(self) -> NDArray[np.float32]:
        """Unit features of the images (N, D)."""
        from sarvl.models.protocols import ImageEmbedder  # noqa: PLC0415

        embedder, count = self.able(ImageEmbedder, "a measure of image features"), len(self.images.rows)
        prepared, size = self.prepared_images, self.batch_size or count
        starts = range(0, count, size)
        with progress("encode images", count, "images") as advance:
            watched = _Watched(prepared, advance)
            parts = (ChosenImages(watched, np.arange(start, min(start + size, count))) for start in starts)
            return np.concatenate([embedder.encode_images(part) for part in parts])

    def text_features(self, captions: Sequence[str]) -> NDArray[np.float32]:
        """Return unit features (T, D) of captions of the images; each distinct one is embedded once for all tasks."""
        index_of, features = self._features_of_captions
        return features[[index_of[caption] for caption in captions]]

    @cached_property
    def _features_of_captions(self) -> tuple[dict[str, int], NDArray[np.float32]]:
        """All captions of the images, in the order of their first appearance, and their features."""
        from sarvl.models.protocols import Embedder  # noqa: PLC0415

        corpus = self.images.corpus
        rows = (row for image in self.images.rows for row in corpus.captions_of_image[image])
        index_of = {text: index for index, text in enumerate(dict.fromkeys(corpus.sentences[row] for row in rows))}
        return index_of, self.able(Embedder, "a measure of captions").encode_texts(list(index_of))

    @cached_property
    def prepared_images(self) -> ImageBatches:
        """The images as the model sees them: from the cache of the corpus, or made where they are few of it.

        A cache is of all images, so that there is none where the contract does not fit some that are not measured.
        """
        corpus, contract, rows = self.images.corpus, self.model.contract, self.images.rows
        if self.degradation is not None:
            return _ReadImages(self)
        if self.images.limit is None and self._fits_whole_corpus():
            return ChosenImages(pixel_cache(corpus, contract, self.workers), rows)
        return prepared_rows(corpus, contract, rows, self.workers)


@dataclass(frozen=True)
class _ReadImages:
    """Images that are read, degraded and prepared each time that they are asked for."""

    evaluated: EvaluatedModel

    def __len__(self) -> int:
        return len(self.evaluated.images.rows)

    def batch(self, rows: ArrayLike) -> PreparedImages:
        """Return the images at ``rows``."""
        contract = self.evaluated.model.contract
        places = np.asarray(rows, np.int64).tolist()
        return PreparedImages.of([contract.prepare(self.evaluated.read(place)) for place in places])


@dataclass(frozen=True)
class _Watched:
    """Images whose batches are counted as they are asked for."""

    images: ImageBatches
    advance: Work

    def __len__(self) -> int:
        return len(self.images)

    def batch(self, rows: ArrayLike) -> PreparedImages:
        """Return the images at ``rows``."""
        batch = self.images.batch(rows)
        self.advance(len(np.asarray(rows)))
        return batch

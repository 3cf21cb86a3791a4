"""ModelWriter: captions by a model that is loaded here, or in several processes of this machine or of a cluster."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from sarvl.errors import ModelError
from sarvl.imagery import PreparedImages
from sarvl.inference.features import BATCH_SIZE, located_batches
from sarvl.inference.image_options import ImageOptions
from sarvl.inference.located_image import FileToRead, LocatedImage, Refusal, read_located
from sarvl.inference.opened_model import open_model
from sarvl.inference.written import Written
from sarvl.models.decoding_settings import Decoding
from sarvl.models.model import Model
from sarvl.models.protocols import Captioner, Generated
from sarvl.parallel import Engine, map_chunks, open_pool


class Ways(NamedTuple):
    """How captions are found: the one that is kept, and how many are drawn beside it."""

    decoding: Decoding
    samples: int

    def all(self) -> list[Decoding]:
        """Return the kept one's first."""
        seeds = range(self.decoding.seed, self.decoding.seed + self.samples)
        drawn = [
            replace(self.decoding, beams=1, groups=1, drafts=1, temperature=0.7, top_p=0.9, seed=seed) for seed in seeds
        ]
        return [self.decoding, *drawn]


@dataclass(frozen=True)
class ModelWriter:
    """A model of ``load_model``. copies: how many of it write at once, each in a process of its own; 1 writes here."""

    name: str
    model: Model
    captioner: Captioner
    ways: Ways
    options: ImageOptions
    copies: int
    engine: Engine

    @classmethod
    def open(cls, name: str, ways: Ways, options: ImageOptions, copies: int, engine: Engine) -> "ModelWriter":
        """Load the model; raises ModelError where it writes no captions."""
        model, captioner = open_model(name, Captioner, "narrate", ModelError, options)
        return cls(name, model, captioner, ways, options, copies, engine)

    @property
    def producer(self) -> str:
        """The model by name, and the first digits of the SHA-256 of its weights."""
        return f"model:{self.model.name}@{self.model.weights_hash[:12]}"

    def batches(self, files: Sequence[FileToRead]) -> Iterator[list[Written | Refusal]]:
        """Yield what was written of each file, in order, a batch at a time."""
        if self.copies == 1 and self.engine == "processes":
            for images in located_batches(files, self.model.contract, self.options):
                yield written_of(images, self.captioner, self.ways)
            return
        size = self.options.get("batch_size") or BATCH_SIZE
        work = _Copy(self.name, self.ways, self.options)
        with open_pool(self.copies, self.engine) as pool:
            yield from map_chunks(pool, work, files, "narrate", "images", items_a_chunk=size)


@dataclass(frozen=True)
class _Copy:
    """What a process does with a chunk of files, with a model that it loads once."""

    name: str
    ways: Ways
    options: ImageOptions

    def __call__(self, files: Sequence[FileToRead]) -> list[Written | Refusal]:
        model, captioner = _opened(self.name, self.options.get("device"))
        return written_of(read_located(files, model.contract), captioner, self.ways)


@lru_cache(maxsize=1)
def _opened(name: str, device: str | None) -> tuple[Model, Captioner]:
    return open_model(name, Captioner, "narrate", ModelError, {"device": device})


def written_of(images: Sequence[LocatedImage | Refusal], captioner: Captioner, ways: Ways) -> list[Written | Refusal]:
    """Return what a model writes of each image, in order."""
    prepared = [image.prepared for image in images if isinstance(image, LocatedImage)]
    captions = iter(_captions(PreparedImages.of(prepared), captioner, ways) if prepared else [])
    return [image if isinstance(image, Refusal) else _written(image, *next(captions)) for image in images]


def _captions(images: PreparedImages, captioner: Captioner, ways: Ways) -> list[tuple[Generated, ...]]:
    """Return for each image its caption, then the drawn ones."""
    return list(zip(*(captioner.caption(images, way) for way in ways.all()), strict=True))


def _written(image: LocatedImage, caption: Generated, *drawn: Generated) -> Written:
    return Written(image.path, caption.text, tuple(sample.text for sample in drawn), caption.log_probability)

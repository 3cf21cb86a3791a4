"""narrate: captions of image files by a model, each gated, resumable, every image once."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Unpack

from sarvl.annotations import AnnotatedImage
from sarvl.corpus import Corpus
from sarvl.corpus.corpus_info import FILE as CORPUS_FILE
from sarvl.errors import ModelError
from sarvl.files import FilePath
from sarvl.imagery import PreparedImages, Reading
from sarvl.inference.features import located_batches
from sarvl.inference.gates import problem_with
from sarvl.inference.image_list import image_list
from sarvl.inference.image_options import ImageOptions, reading_of
from sarvl.inference.ledger import Ledger, Outcome
from sarvl.inference.located_image import LocatedImage, Refusal
from sarvl.language.words.vocabulary import Vocabulary, vocabulary_of
from sarvl.models.decoding_settings import Decoding
from sarvl.models.hub import check_hub

if TYPE_CHECKING:
    from sarvl.models.protocols import Captioner, Generated


class Narrated(NamedTuple):
    """What ``narrate`` did: the file, how many captions it wrote now and held before, and how many were refused."""

    out: Path
    written: int
    held: int
    refused: int


def narrate(
    images: Sequence[FilePath] | FilePath,
    model: FilePath,
    out: FilePath,
    *,
    classes: Sequence[str] = (),
    samples: int = 0,
    decoding: Decoding | None = None,
    **options: Unpack[ImageOptions],
) -> Narrated:
    """Append captions of image files to ``out``, JSON lines that ``sarvl build`` reads by the format ``captions``.

    images: image files, as of ``embed``, or the folder of a corpus. There a caption must be true of the annotation, and
    be understood whole (``verify``), where that has objects or labelled classes.
    options: as of ``embed``; a corpus knows itself how its files are read. classes: what captions may count; with them
    the gates see numbers that do not fit their nouns, and samples that say otherwise. samples: how many captions are
    drawn beside the one that is kept, whose classes and counts must agree with it. decoding: how the caption is
    searched; greedy by default.

    A caption that a gate refuses, or an image that cannot be used, is a line of ``out`` with ``.refused`` before its
    ending, with the reason. Images that either file names are not captioned again, so that a killed run goes on.
    Raises ModelError where the model writes no captions, another process writes ``out``, or it cannot be written.
    """
    jobs = _jobs(images, reading_of(options))
    out = Path(out)
    check_hub(str(model))
    # Heavy, and needed only once all the rest was checked.
    from sarvl.inference.opened_model import open_model  # noqa: PLC0415
    from sarvl.models.protocols import Captioner  # noqa: PLC0415

    loaded, captioner = open_model(model, Captioner, "narrate", ModelError, options)
    annotations = {job.path: job.annotation for job in jobs if job.annotation}
    narrator = Narrator(captioner, decoding or Decoding(), samples, Vocabulary(tuple(classes)), annotations)
    producer = f"model:{loaded.name}@{loaded.weights_hash[:12]}"
    with Ledger.open(out) as ledger:
        left = [(job.path, job.reading) for job in jobs if str(job.path) not in ledger.named]
        held = ledger.written
        for batch in located_batches(left, loaded.contract, options) if left else ():
            ledger.add(producer, narrator.outcomes(batch))
        return Narrated(out, ledger.written - held, held, ledger.refused)


class Job(NamedTuple):
    """An image to caption: how its file is read, and what is annotated of it where that is known."""

    path: Path
    reading: Reading
    annotation: AnnotatedImage | None = None


def _jobs(images: Sequence[FilePath] | FilePath, reading: Reading) -> list[Job]:
    given = [Path(images)] if isinstance(images, str | os.PathLike) else [Path(image) for image in images]
    if len(given) > 1 or not (given[0] / CORPUS_FILE).is_file():
        return [Job(path, reading) for path in image_list(given)]
    corpus = Corpus.open(given[0])
    annotations = (corpus.image(row).annotation for row in range(len(corpus.images)))
    return [
        Job(path, own_reading, annotation if annotation.labelled_classes or annotation.objects else None)
        for path, own_reading, annotation in zip(corpus.paths, corpus.readings, annotations, strict=True)
    ]


class Narrator(NamedTuple):
    """A model that captions, and by what its captions are judged. annotations: of some images, by path."""

    captioner: "Captioner"
    decoding: Decoding
    samples: int
    vocabulary: Vocabulary
    annotations: Mapping[Path, AnnotatedImage]

    def outcomes(self, images: Sequence[LocatedImage | Refusal]) -> Iterator[Outcome]:
        """Yield what becomes of each image, in order."""
        prepared = [image.prepared for image in images if isinstance(image, LocatedImage)]
        captions = iter(self._captions(PreparedImages.of(prepared)) if prepared else [])
        for image in images:
            if isinstance(image, Refusal):
                yield Outcome(image.path, "", None, image.reason)
                continue
            caption, *drawn = next(captions)
            annotation = self.annotations.get(image.path)
            vocabulary = vocabulary_of(annotation) if annotation else self.vocabulary
            reason = problem_with(caption.text, [sample.text for sample in drawn], vocabulary, annotation)
            yield Outcome(image.path, caption.text, caption.log_probability, reason)

    def _captions(self, images: PreparedImages) -> list[tuple["Generated", ...]]:
        """Return for each image its caption, then the drawn ones."""
        ways = [self.decoding]
        seeds = range(self.decoding.seed, self.decoding.seed + self.samples)
        ways += [replace(self.decoding, beams=1, groups=1, temperature=0.7, top_p=0.9, seed=seed) for seed in seeds]
        return list(zip(*(self.captioner.caption(images, way) for way in ways), strict=True))

"""ExportJob: what a form of export is given to write, the samples of each split with their pictures."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from sarvl.corpus.export.export_info import Conversation, Wording
from sarvl.corpus.export.picture import ImageFormat, Treatment, picture_of
from sarvl.corpus.export.sample import Sample, sample_of
from sarvl.corpus.lazy_sequence import LazySequence
from sarvl.corpus.rows import CorpusImage
from sarvl.corpus.store import Corpus
from sarvl.parallel import Pool, map_chunks


class PictureTask(NamedTuple):
    """One picture to write: the name of its file without an extension, the image's path and what it is."""

    key: str
    path: Path
    image: CorpusImage


class PictureFile(NamedTuple):
    """A picture that has been written: the name of its file, and what was done with it."""

    name: str
    treatment: Treatment


class ExportedSource(NamedTuple):
    """A source of the corpus, with the number of its images that are exported."""

    name: str
    images: int
    licence: str


@dataclass(frozen=True, slots=True)
class ExportJob:
    """One export on its way.

    folder: where to write. splits: the rows of the images of each split that have a text for the target.
    keys: one an image of the corpus. per_image: captions to draw, None for all. takes_questions: as the target has it.
    shard_size: entries a shard. conversation: what makes one. wording: of conversations. pool: does the work on
    pictures. treatments: pictures written, by what was done with them. written: what else a target counts, by split.
    """

    corpus: Corpus
    folder: Path
    splits: dict[str, list[int]]
    keys: list[str]
    per_image: int | None
    takes_questions: bool
    image_format: ImageFormat
    shard_size: int
    conversation: Conversation
    wording: Wording
    pool: Pool
    treatments: Counter[Treatment] = field(default_factory=Counter)
    written: dict[str, Counter[str]] = field(default_factory=dict)

    def sample(self, row: int) -> Sample:
        """Return one image of the corpus with its drawn captions."""
        return sample_of(self.corpus, row, self.keys[row], self.per_image)

    def drawn_captions(self, row: int) -> int:
        """Return how many captions of an image are drawn."""
        captions = len(self.corpus.captions_of_image[row])
        return captions if self.per_image is None else min(captions, self.per_image)

    def asked_questions(self, row: int) -> int:
        """Return how many questions of an image the target is given."""
        return len(self.corpus.questions_of_image[row]) if self.takes_questions else 0

    def sources(self) -> list[ExportedSource]:
        """Return the sources that have images in the export."""
        names = self.corpus.column("source")
        images = Counter(names[row] for rows in self.splits.values() for row in rows)
        sources = [ExportedSource(item.name, images[item.name], item.licence) for item in self.corpus.info.sources]
        return [source for source in sources if source.images]

    def write_pictures(self, split: str, folder: str) -> Iterator[tuple[str, Sample]]:
        """Write the pictures of a split into ``folder`` and yield the file's name and the sample of each, in order."""
        (self.folder / folder).mkdir(exist_ok=True)
        rows = self.splits[split]
        tasks = LazySequence(len(rows), lambda indices: [self._task(rows[index]) for index in indices])
        work = partial(write_picture_files, folder=self.folder / folder, image_format=self.image_format)
        written = chain.from_iterable(map_chunks(self.pool, work, tasks, f"export {split}", "images"))
        for row, (name, treatment) in zip(rows, written, strict=True):
            self.treatments[treatment] += 1
            yield name, self.sample(row)

    def count(self, split: str, what: str, more: int) -> None:
        """Add to what has been written of a split."""
        self.written.setdefault(split, Counter())[what] += more

    def _task(self, row: int) -> PictureTask:
        return PictureTask(self.keys[row], self.corpus.paths[row], self.corpus.image(row))


def write_picture_files(tasks: Sequence[PictureTask], folder: Path, image_format: ImageFormat) -> list[PictureFile]:
    """Write a chunk of pictures into ``folder``."""
    files = []
    for task in tasks:
        picture = picture_of(task.path, task.image, image_format)
        name = f"{task.key}.{picture.extension}"
        (folder / name).write_bytes(picture.data)
        files.append(PictureFile(name, picture.treatment))
    return files

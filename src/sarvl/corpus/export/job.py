"""ExportJob: what a target is given to write, the samples of each split with their pictures; and Target itself."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Literal, NamedTuple

from sarvl.corpus.export.picture import ImageFormat, picture_of
from sarvl.corpus.export.sample import Sample, sample_of
from sarvl.corpus.on_demand import OnDemand
from sarvl.corpus.rows import Row, image_row
from sarvl.corpus.store import Corpus
from sarvl.parallel import Pool, map_chunks

Conversation = Literal["question", "image"]


class PictureTask(NamedTuple):
    """One picture to write: the name of its file without an extension, the image's path and its row."""

    key: str
    path: Path
    image: Row


class PictureFile(NamedTuple):
    """A picture that has been written: the name of its file, and how it was made."""

    name: str
    making: str


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
    shard_size: entries a shard. conversation: what makes one. pool: does the work on pictures.
    makings: pictures written, by the way that they were made. written: what else a target counts, by split.
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
    pool: Pool
    makings: Counter[str] = field(default_factory=Counter)
    written: dict[str, Counter[str]] = field(default_factory=dict)

    def sample(self, row: int) -> Sample:
        """Return one image of the corpus with its drawn captions."""
        return sample_of(self.corpus, row, self.keys[row], self.per_image)

    def drawn_captions(self, row: int) -> int:
        """Return how many captions of an image are drawn."""
        found = len(self.corpus.captions_of_image[row])
        return found if self.per_image is None else min(found, self.per_image)

    def asked_questions(self, row: int) -> int:
        """Return how many questions of an image the target is given."""
        return len(self.corpus.questions_of_image[row]) if self.takes_questions else 0

    def sources(self) -> list[ExportedSource]:
        """Return the sources that have images in the export."""
        names = self.corpus.column("source")
        images = Counter(names[row] for rows in self.splits.values() for row in rows)
        found = [
            ExportedSource(item["name"], images[item["name"]], item["licence"]) for item in self.corpus.info["sources"]
        ]
        return [source for source in found if source.images]

    def write_pictures(self, split: str, folder: str) -> Iterator[tuple[str, Sample]]:
        """Write the pictures of a split into ``folder`` and yield the file's name and the sample of each, in order."""
        (self.folder / folder).mkdir(exist_ok=True)
        rows = self.splits[split]
        tasks = OnDemand(len(rows), lambda places: [self._task(rows[place]) for place in places])
        work = partial(write_picture_files, folder=self.folder / folder, image_format=self.image_format)
        written = chain.from_iterable(map_chunks(self.pool, work, tasks, f"export {split}"))
        for row, (name, making) in zip(rows, written, strict=True):
            self.makings[making] += 1
            yield name, self.sample(row)

    def count(self, split: str, what: str, more: int) -> None:
        """Add to what has been written of a split."""
        self.written.setdefault(split, Counter())[what] += more

    def _task(self, row: int) -> PictureTask:
        return PictureTask(self.keys[row], self.corpus.paths[row], image_row(self.corpus, row))


def write_picture_files(tasks: Sequence[PictureTask], folder: Path, image_format: ImageFormat) -> list[PictureFile]:
    """Write a chunk of pictures into ``folder``."""
    files = []
    for task in tasks:
        picture = picture_of(task.path, task.image, image_format)
        name = f"{task.key}.{picture.extension}"
        (folder / name).write_bytes(picture.data)
        files.append(PictureFile(name, picture.making))
    return files


class Target(NamedTuple):
    """A form of export.

    write: writes all splits of a job into its folder. usage: how to read what was written, in Markdown.
    per_image: captions an image by default, None for all. takes_questions: whether it has a place for questions.
    needs_caption: whether an image that has questions only is left out. options: which of ``shard_size`` and
    ``conversation`` it heeds. front_matter: the head of its README.
    """

    name: str
    write: Callable[[ExportJob], None]
    usage: Callable[[ExportJob], str]
    per_image: int | None = None
    takes_questions: bool = False
    needs_caption: bool = True
    options: tuple[str, ...] = ()
    front_matter: Callable[[ExportJob], str] = lambda _job: ""

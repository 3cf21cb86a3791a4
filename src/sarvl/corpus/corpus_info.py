"""CorpusInfo: what corpus.json says of a corpus, and each of its parts."""

from pathlib import Path
from typing import Any, Literal

from sarvl.documents import Document, read_document
from sarvl.errors import CorpusError

FILE = "corpus.json"
Duplicates = Literal["report", "drop", "move"]


class Counts(Document):
    """How much there is of everything."""

    images_in: int
    """Images that the sources name: those that are kept and those that are refused."""
    images: int
    """Rows of the images table."""
    texts: int
    """Rows of the texts table."""
    captions: int
    """Texts that are captions."""
    questions: int
    """Texts that are questions."""
    rejects: dict[str, int]
    """Rows of the rejects table by unit."""
    noted: int
    """Images on which something is noted."""


class CorpusSource(Document):
    """A source, and what became of its images."""

    name: str
    """As the image ids begin."""
    images: str
    """The folder of its images, relative to that of the corpus."""
    images_in: int
    """Images that the source names."""
    images_kept: int
    """Images that are in the corpus."""
    splits: dict[str, int]
    """Images by split."""
    licence: str
    """As the recipe states it."""


class SharedPictures(Document):
    """A set of splits and of sources that share pictures; the splits are those before a move."""

    splits: tuple[str, ...]
    """In which the pictures stand."""
    sources: tuple[str, ...]
    """Of which the pictures are."""
    pictures: int
    """How many different pictures they share."""
    images: int
    """How many images show these."""
    examples: tuple[tuple[str, ...], ...]
    """The image ids of up to three of the pictures."""


class AuditReport(Document):
    """What the audit of duplicates found and did."""

    duplicates: Duplicates
    """What the recipe asked for."""
    hamming: int
    """Hashes that differ in fewer bits were compared closely."""
    exact_pairs: int
    """Pairs of equal files."""
    perceptual_pairs: int
    """Pairs of equal pictures in different files."""
    unlike_pairs: int
    """Pairs of near hashes that are different pictures."""
    chained_images: int
    """Images of a hash that so many share that they were compared with the first of them alone."""
    moved_images: int
    """Images that went to another split."""
    dropped_images: int
    """Images that were left out as copies."""
    clusters: tuple[SharedPictures, ...]
    """What is shared, by splits and sources."""

    @property
    def copies(self) -> int:
        """Images that show a picture which another one shows."""
        return sum(shared.images for shared in self.clusters)

    @property
    def pictures(self) -> int:
        """Different pictures that are shown more than once."""
        return sum(shared.pictures for shared in self.clusters)


class MergedCorpus(Document):
    """A corpus that a merge took over."""

    folder: str
    """Its folder, relative to that of the merged corpus."""
    prefix: str
    """What was put before the names of its sources."""
    sarvl_version: str
    """What built it."""
    digest: str
    """Its digest."""
    seed: int
    """Its seed."""
    recipe: dict[str, Any] | None
    """Its recipe, where a build made it."""
    merged: tuple["MergedCorpus", ...] | None
    """What it was merged of, where a merge made it."""


class CorpusInfo(Document):
    """All of corpus.json; paths in it are relative to its folder."""

    format_version: Literal[3] = 3
    """Version of the files of a corpus."""
    sarvl_version: str
    """What wrote it."""
    digest: str
    """SHA-256 of what the tables say, 64 hexadecimal digits."""
    seed: int
    """Seed of the build; 0 for a merged corpus."""
    counts: Counts
    """How much there is of everything."""
    sources: tuple[CorpusSource, ...]
    """In the order of the recipe."""
    not_held: tuple[str, ...]
    """Sources of the recipe whose images were not there."""
    texts_left_out: int
    """Texts that the recipe's filter did not keep."""
    audit: AuditReport
    """What the audit of duplicates found and did."""
    recipe: dict[str, Any] | None = None
    """The recipe with all included ones resolved, which can be read again in the folder; none for a merged corpus."""
    merged: tuple[MergedCorpus, ...] | None = None
    """The corpora that were merged; none for one that was built."""

    def image_folders(self, folder: Path) -> dict[str, Path]:
        """Return the folder of the images of each source, of a corpus that lies in ``folder``."""
        return {source.name: folder / source.images for source in self.sources}


def read_info(folder: Path) -> CorpusInfo:
    """Return the corpus.json of a folder that ``sarvl build`` made; raises CorpusError where it is none."""
    if not (folder / FILE).is_file():
        raise CorpusError(f"{folder}: no {FILE}; give a folder that `sarvl build` has finished")
    return read_document(folder / FILE, CorpusInfo, CorpusError, "build the corpus again")

"""CorpusInfo: what corpus.json says of a corpus, and each of its parts."""

import json
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import NonNegativeInt, PositiveInt, model_validator

from sarvl.annotations.split_name import SplitName
from sarvl.documents import Document, read_document
from sarvl.errors import CorpusError
from sarvl.files import sha256_of

FILE = "corpus.json"
Duplicates = Literal["report", "drop", "move"]
Refused = Literal["image", "box", "caption", "question"]
"""What a row of the rejects table may be of."""


class RecordedRecipe(Document):
    """The recipe that a corpus was built by, as JSON, and what shows that nobody has changed it since."""

    fields: dict[str, Any]
    """All fields, with all included recipes resolved; it can be read again in the folder of the corpus."""
    sha256: str
    """Of ``fields`` as canonical JSON, 64 hexadecimal digits."""

    @classmethod
    def of(cls, fields: dict[str, Any]) -> Self:
        """Record a recipe; its keys are texts."""
        return cls(fields=fields, sha256=_digest(fields))

    @model_validator(mode="after")
    def _as_built(self) -> Self:
        if self.sha256 != _digest(self.fields):
            raise ValueError("not the recipe that the corpus was built by")
        return self


def _digest(fields: dict[str, Any]) -> str:
    return sha256_of(json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode())


def _check_sum(count: int, parts: int, what: str) -> None:
    if count != parts:
        raise ValueError(f"{what} add up to {parts}, not to {count}")


def _check_origin(recipe: RecordedRecipe | None, merged: tuple["MergedCorpus", ...] | None) -> None:
    if (recipe is None) == (merged is None):
        raise ValueError("a corpus has either a recipe or corpora that it was merged of")


class Counts(Document):
    """How much there is of everything."""

    images_in: NonNegativeInt
    """Images that the sources name: those that are kept and those that are refused."""
    images: NonNegativeInt
    """Rows of the images table."""
    texts: NonNegativeInt
    """Rows of the texts table."""
    captions: NonNegativeInt
    """Texts that are captions."""
    questions: NonNegativeInt
    """Texts that are questions."""
    rejects: dict[Refused, PositiveInt]
    """Rows of the rejects table by unit."""
    noted: NonNegativeInt
    """Images on which something is noted."""

    @model_validator(mode="after")
    def _add_up(self) -> Self:
        _check_sum(self.texts, self.captions + self.questions, "captions and questions")
        _check_sum(self.images_in, self.images + self.rejects.get("image", 0), "images kept and refused")
        return self


class CorpusSource(Document):
    """A source, and what became of its images."""

    name: str
    """As the image ids begin."""
    images: str
    """The folder of its images, relative to that of the corpus."""
    images_in: NonNegativeInt
    """Images that the source names."""
    images_kept: NonNegativeInt
    """Images that are in the corpus."""
    splits: dict[SplitName, PositiveInt]
    """Images by split."""
    licence: str
    """As the recipe states it."""
    not_named: int
    """Image files in that folder that the annotations do not name."""
    hidden: int
    """Files and folders passed over because their names begin with a dot, and the like."""

    @model_validator(mode="after")
    def _add_up(self) -> Self:
        _check_sum(self.images_kept, sum(self.splits.values()), "its splits")
        return self


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


class QuestionNotAsked(Document):
    """Questions of a source that are not asked, since their words alone tell the answer."""

    source: str
    """Of which they would be asked."""
    kind: str
    """What they ask."""
    classes: tuple[str, ...]
    """About which classes; none where the whole kind is left out."""
    answer: str
    """What most of them would be answered."""
    share: float
    """How many of them, 0 to 1."""
    answers: int
    """How many there would be."""


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
    recipe: RecordedRecipe | None
    """Its recipe, where a build made it."""
    merged: tuple["MergedCorpus", ...] | None
    """What it was merged of, where a merge made it."""

    @model_validator(mode="after")
    def _of_one_origin(self) -> Self:
        _check_origin(self.recipe, self.merged)
        return self


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
    not_asked: tuple[QuestionNotAsked, ...]
    """Questions that are left out, since nearly all of a source have one answer."""
    audit: AuditReport
    """What the audit of duplicates found and did."""
    recipe: RecordedRecipe | None
    """The recipe; none for a merged corpus."""
    merged: tuple[MergedCorpus, ...] | None
    """The corpora that were merged; none for one that was built."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _check_origin(self.recipe, self.merged)
        _check_sum(self.counts.images, sum(source.images_kept for source in self.sources), "images kept of the sources")
        _check_sum(self.counts.images_in, sum(source.images_in for source in self.sources), "images of the sources")
        return self

    def image_folders(self, folder: Path) -> dict[str, Path]:
        """Return the folder of the images of each source, of a corpus that lies in ``folder``."""
        return {source.name: folder / source.images for source in self.sources}


def read_info(folder: Path) -> CorpusInfo:
    """Return the corpus.json of a folder that ``sarvl build`` made; raises CorpusError where it is none."""
    if not (folder / FILE).is_file():
        raise CorpusError(f"{folder}: no {FILE}; give a folder that `sarvl build` has finished")
    return read_document(folder / FILE, CorpusInfo, CorpusError, "build the corpus again")

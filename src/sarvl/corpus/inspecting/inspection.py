"""Inspection: the figures that describe a corpus, as ``sarvl inspect`` prints and the data card draws them."""

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from sarvl.corpus.corpus_info import AuditReport, CorpusSource, Counts, QuestionNotAsked
from sarvl.corpus.inspecting.blind_reader import BlindScore
from sarvl.corpus.inspecting.byte_levels import ByteLevels
from sarvl.corpus.inspecting.diversity import Similarity
from sarvl.corpus.inspecting.verification import Verification
from sarvl.corpus.scenes import Patches
from sarvl.documents import as_json

BySplit = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class CaptionFigures:
    """distinct: different texts. distinct_ngrams: distinct-1 to 3. words: how many captions have 0, 1, ... words."""

    count: int
    distinct: int
    distinct_ngrams: dict[int, float]
    words: list[int]
    families: dict[str, int]
    producers: dict[str, int]

    @property
    def mean_words(self) -> float:
        """Words a caption."""
        return sum(number * count for number, count in enumerate(self.words)) / max(self.count, 1)


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    """applications: answer types by application. yes_no: answers by the class that is asked for."""

    count: int
    distinct: int
    applications: dict[str, dict[str, int]]
    yes_no: dict[str, dict[str, int]]


class SourceImages(NamedTuple):
    """What the images of a source are.

    quantities, bands (such as ``VV+VH``): how many images of each. widths, heights: the least and the most, in pixels.
    spacing_m: the least and the most pixel spacing in metres, None where no image states one; with_spacing: how many
    do. scenes: different ones; without_scene: images whose scene is not known. labelled_classes: how many.
    """

    source: str
    quantities: dict[str, int]
    bands: dict[str, int]
    widths: tuple[int, int]
    heights: tuple[int, int]
    spacing_m: tuple[float, float] | None
    with_spacing: int
    scenes: int
    without_scene: int
    labelled_classes: int


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is in a corpus.

    counts, sources, not_held, texts_left_out, not_asked: as corpus.json has them; duplicates: its audit.
    splits: images of each. images: what those of each source are.
    claims: by kind. objects, labels: by class and split. labelled: source, a class that it would have labelled wherever
    it stands, and how many of its images have an object of it.
    objects_an_image: how many images have 0, 1, ... objects.
    scenes_unknown: sources of which no image has a group. overlapping: patches of different splits that share ground.
    refused: source, unit, reason and count. noted: source, note and count. similarity: None without an embedder.
    blind: by kind of question, how well one answers who never sees an image.
    byte_levels: by source and band, which bytes a sample of images becomes for a model. bytes_unread: sources whose
    images could not be read for it.
    """

    digest: str
    counts: Counts
    splits: dict[str, int]
    sources: tuple[CorpusSource, ...]
    images: list[SourceImages]
    not_held: tuple[str, ...]
    texts_left_out: int
    captions: CaptionFigures
    questions: QuestionFigures
    blind: list[BlindScore]
    not_asked: tuple[QuestionNotAsked, ...]
    claims: dict[str, int]
    objects: BySplit
    labels: BySplit
    labelled: list[tuple[str, str, int]]
    objects_an_image: list[int]
    refused: list[tuple[str, str, str, int]]
    noted: list[tuple[str, str, int]]
    scenes_unknown: list[str]
    overlapping: list[Patches]
    duplicates: AuditReport
    verification: Verification
    similarity: Similarity | None
    byte_levels: list[ByteLevels]
    bytes_unread: list[str]

    def as_json(self) -> dict[str, Any]:
        """Return the figures as plain lists and dictionaries."""
        figures = asdict(self)
        figures["counts"] = as_json(self.counts)
        figures["sources"] = [as_json(source) for source in self.sources]
        figures["images"] = [images._asdict() for images in self.images]
        figures["not_asked"] = [as_json(dropped) for dropped in self.not_asked]
        figures["duplicates"] = as_json(self.duplicates)
        figures["captions"]["mean_words"] = self.captions.mean_words
        figures["blind"] = [score._asdict() for score in self.blind]
        figures["similarity"] = self.similarity and self.similarity._asdict()
        figures["overlapping"] = [patches._asdict() for patches in self.overlapping]
        figures["byte_levels"] = [item._asdict() | {"levels": item.levels} for item in self.byte_levels]
        problems = [problem._asdict() for problem in self.verification.problems]
        figures["verification"] = self.verification._asdict() | {"problems": problems}
        return figures

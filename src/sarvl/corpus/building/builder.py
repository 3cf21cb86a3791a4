"""Building a corpus: sources are read, every image is checked and hashed, then split, described and written down."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, groupby
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sarvl import __version__
from sarvl.annotations import AnnotatedImage, Reject, Source, SourceImages, read_source
from sarvl.corpus.building.audit import audit
from sarvl.corpus.building.corpus_counts import (
    PassedOver,
    count_all,
    count_sources,
    recorded_recipe,
    source_folders,
)
from sarvl.corpus.building.describing import PlannedImage, describe_images
from sarvl.corpus.building.facts import ImageFacts, ImageFile, Unusable, find_facts
from sarvl.corpus.building.is_a_check import check_is_a
from sarvl.corpus.building.splits import assign_splits, too_near
from sarvl.corpus.building.surveying import questions_not_asked, survey_sources
from sarvl.corpus.building.thumbnails import ThumbnailFile
from sarvl.corpus.corpus_info import FILE, AuditReport, CorpusInfo, QuestionNotAsked
from sarvl.corpus.inspecting.card import write_card
from sarvl.corpus.recipe import BuildRecipe
from sarvl.corpus.rows import REJECTS
from sarvl.corpus.store import Corpus
from sarvl.corpus.tables import SCHEMAS, HashedRows, TablesWriter, hashed_rows, read_table
from sarvl.corpus.workspace import put_in_place, workspace, writing
from sarvl.documents import write_document
from sarvl.errors import CorpusError
from sarvl.files import FilePath
from sarvl.language.rewrite import rewriter_of
from sarvl.parallel import Engine, Pool, map_chunks, open_pool
from sarvl.progress import detail, note
from sarvl.recipes import recipe_of


def build(
    recipe: BuildRecipe | FilePath, out: FilePath, workers: int | None = None, engine: Engine = "processes"
) -> Corpus:
    """Build the corpus of ``recipe`` (one read before, or its file) into the folder ``out`` and return it, opened.

    workers: processes that read images; all cores by default. engine: where they run.
    Every image of every source is in the images table or, with the reason, among the rejects. The digest depends on the
    recipe's sources and seed, not on ``workers`` and ``engine``, on where the files lie or on builds that were killed.
    An earlier corpus in ``out`` stays until the new one is whole.
    Raises RecipeError for a faulty recipe, AnnotationError where a source as a whole cannot be read, CorpusError where
    no image is left, where ``out`` cannot be written, or where another build is at work in it.
    """
    recipe, out = recipe_of(recipe, BuildRecipe), Path(out)
    with workspace(out) as work:
        passed_over: dict[str, PassedOver] = {}
        result = _write_tables(recipe, out, work, passed_over, workers=workers, engine=engine)
        images, texts, rejects = (read_table(work, table) for table in ("images", "texts", "rejects"))
        if not len(images):
            first = f"the first reason: {rejects['reason'][0]}" if len(rejects) else "no source names one"
            raise CorpusError(f"{out}: no image is left; {first}")
        sources = count_sources(source_folders(recipe, out, passed_over), images, rejects)
        info = CorpusInfo(
            sarvl_version=__version__,
            seed=recipe.seed,
            counts=count_all(sources, images, texts, rejects),
            sources=sources,
            recipe=recorded_recipe(recipe, out),
            merged=None,
            **result._asdict(),
        )
        corpus = Corpus(out, info, images, texts)
        with writing(out):
            write_document(work / FILE, info)
            write_card(corpus, rejects, work)
            put_in_place(work, out)
    return corpus


class _Result(NamedTuple):
    """What corpus.json takes over from the passes."""

    digest: str
    not_held: tuple[str, ...]
    audit: AuditReport
    texts_left_out: int
    not_asked: tuple[QuestionNotAsked, ...]


class _NamedImage(NamedTuple):
    """An image that a source names; source: the number of that in the recipe."""

    image: AnnotatedImage
    source: int


class _Checked(NamedTuple):
    """An image whose file can be used."""

    image: AnnotatedImage
    source: int
    facts: ImageFacts


def _write_tables(
    recipe: BuildRecipe,
    out: Path,
    work: Path,
    passed_over: dict[str, PassedOver],
    *,
    workers: int | None,
    engine: Engine,
) -> _Result:
    """Write all three tables into ``work``; what was passed over of each source is put into ``passed_over``."""
    not_held = tuple(item.name for item in recipe.sources if recipe.absent == "skip" and not item.images.exists())
    with _Output(recipe, out, work) as output, open_pool(workers, engine) as pool:
        checked = _check_images(_read_sources(recipe, not_held, output, passed_over), recipe, pool, output)
        planned, report = _plan(checked, recipe, output)
        del checked
        planned = _rewritten_by_model(planned, recipe)
        surveys = survey_sources(planned, recipe, pool)
        describe = partial(describe_images, recipe=recipe, surveys=surveys)
        texts_left_out = 0
        for described in map_chunks(pool, describe, planned, "describe", "images"):
            output.write("images", described.images)
            output.write("texts", described.texts)
            output.reject(described.rejects)
            texts_left_out += described.texts_left_out
        return _Result(output.close(), not_held, report, texts_left_out, questions_not_asked(surveys, recipe))


def _read_sources(
    recipe: BuildRecipe, not_held: Sequence[str], output: "_Output", passed_over: dict[str, PassedOver]
) -> list[_NamedImage]:
    named: list[_NamedImage] = []
    all_read: list[tuple[Source, SourceImages]] = []
    for number, source in enumerate(recipe.sources):
        if source.name in not_held:
            note(f"source {source.name} is not held and left out: no folder {source.images}")
            continue
        read = read_source(source)
        output.reject(read.rejects)
        passed_over[source.name] = PassedOver(read.not_named, read.hidden)
        detail(f"source {source.name}: {len(read.images)} images, {len(read.rejects)} refused")
        for warning in read.warnings:
            note(warning)
        named += [_NamedImage(image, number) for image in read.images]
        all_read.append((source, replace(read, images=(), rejects=())))
    for warning in check_is_a(recipe, all_read):
        note(warning)
    return named


def _check_images(named: list[_NamedImage], recipe: BuildRecipe, pool: Pool, output: "_Output") -> list[_Checked]:
    files = [ImageFile(str(image.path), (image.width, image.height), source) for image, source in named]
    chunks = map_chunks(pool, partial(find_facts, sources=recipe.sources), files, "check images", "images")
    checked: list[_Checked] = []
    for (image, source), result in zip(named, chain.from_iterable(chunks), strict=True):
        if isinstance(result, Unusable):
            output.reject([Reject(recipe.sources[source].name, "image", image.file, *result)])
        else:
            checked.append(_Checked(_with_what_the_file_says(image, result.facts), source, result.facts))
            output.keep_thumbnail(result.thumbnail)
    return checked


def _with_what_the_file_says(image: AnnotatedImage, facts: ImageFacts) -> AnnotatedImage:
    """Fill in what the annotation leaves open; spacing and position of the annotation go first."""
    spacing_m, position = image.spacing_m or facts.spacing_m, image.position or facts.position
    return replace(image, spacing_m=spacing_m, position=position)


def _plan(checked: list[_Checked], recipe: BuildRecipe, output: "_Output") -> tuple[list[PlannedImage], AuditReport]:
    """Assign splits, and do about duplicates what the recipe asks for; also returns the report of the audit."""
    images = _images_to_audit(checked, recipe)
    audited = audit(images, output.thumbnails_of, recipe.audit)
    refused = _too_near(checked, audited.splits, recipe) | audited.dropped
    output.reject(refused[row] for row in sorted(refused))
    planned = [
        PlannedImage(*item, audited.splits[row], (audited.notes[row],) if row in audited.notes else ())
        for row, item in enumerate(checked)
        if row not in refused
    ]
    return planned, audited.report


def _images_to_audit(checked: list[_Checked], recipe: BuildRecipe) -> pa.Table:
    """Return what the audit has to know of the images, as columns of the images table."""
    sources = [recipe.sources[item.source].name for item in checked]
    files = [item.image.file for item in checked]
    columns = {
        "image_id": [f"{source}/{file}" for source, file in zip(sources, files, strict=True)],
        "source": sources,
        "file": files,
        "sha256": [item.facts.sha256 for item in checked],
        "phash": [item.facts.phash for item in checked],
        "split": _splits(checked, recipe),
        "group": [item.image.group for item in checked],
    }
    return pa.table(columns, pa.schema([SCHEMAS["images"].field(name) for name in columns]))


def _splits(checked: list[_Checked], recipe: BuildRecipe) -> list[str]:
    left_out = {name: split for split, names in recipe.leave_source_out.items() for name in names}
    splits: list[str] = []
    for number, items in groupby(checked, attrgetter("source")):
        source, images = recipe.sources[number], [item.image for item in items]
        alone = left_out.get(source.name)
        splits += [alone] * len(images) if alone else assign_splits(images, source, recipe.seed)
    return splits


def _too_near(checked: list[_Checked], splits: list[str], recipe: BuildRecipe) -> dict[int, Reject]:
    """Return the images to refuse, by row, so that blocks of one scene can be in several splits and share no ground."""
    refused: dict[int, Reject] = {}
    first = 0
    for number, items in groupby(checked, attrgetter("source")):
        source, images = recipe.sources[number], [item.image for item in items]
        own_splits = splits[first : first + len(images)]
        for index, other in too_near(images, source, own_splits).items():
            reason = f"in split {own_splits[index]}, and near {images[other].file} of split {own_splits[other]}"
            advice = "nothing, or group without blocks"
            refused[first + index] = Reject(source.name, "image", images[index].file, reason, advice)
        first += len(images)
    return refused


def _rewritten_by_model(planned: list[PlannedImage], recipe: BuildRecipe) -> list[PlannedImage]:
    """Ask the model of ``recipe.rewrite``, where there is one, before the workers begin: its limits are of one run."""
    if recipe.rewrite.endpoint is None:
        return planned
    rewriter = rewriter_of(recipe.rewrite, (caption for item in planned for caption in item.image.twin_captions))
    return [
        item._replace(rewritten={caption: rewriter(caption) for caption in item.image.twin_captions})
        for item in planned
    ]


class _Output:
    """The tables and thumbnails under way; what the system says against writing them is a CorpusError of one line."""

    def __init__(self, recipe: BuildRecipe, out: Path, work: Path) -> None:
        self._out = out
        self._folders = {source.name: f"{source.images}/" for source in recipe.sources}
        with writing(out):
            self._tables = TablesWriter(work)
            self._thumbnails = ThumbnailFile(work / "thumbnails")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._tables.__exit__()

    def write(self, table: str, rows: HashedRows) -> None:
        with writing(self._out):
            self._tables.write(table, rows)

    def reject(self, rejects: Iterable[Reject]) -> None:
        # The digest must not depend on where the images lie, and reasons may quote the full path.
        portable = [
            reject._replace(reason=reject.reason.replace(self._folders[reject.source], "")) for reject in rejects
        ]
        self.write("rejects", hashed_rows("rejects", map(REJECTS.write, portable)))

    def keep_thumbnail(self, thumbnail: NDArray[np.uint16]) -> None:
        with writing(self._out):
            self._thumbnails.append(thumbnail)

    def thumbnails_of(self, rows: NDArray[np.int64]) -> NDArray[np.uint16]:
        with writing(self._out):
            return self._thumbnails.rows(rows)

    def close(self) -> str:
        with writing(self._out):
            self._thumbnails.remove()
            return self._tables.close()

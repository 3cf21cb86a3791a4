"""Semantic localisation: a map of where each text fits its image, scored by the four measures of AIR-SLT."""

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, computed_field

from sarvl.blocks import Block, Cell, Column, Gallery, Line, Picture, Shown, Table
from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluated import EvaluatedModel
from sarvl.evaluation.localising.queries import Query, queries_of_corpus, queries_of_file
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.row_blocks import other_figures
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.task import Task, TaskRun
from sarvl.evaluation.trust import remark_of
from sarvl.files import sha256_of
from sarvl.imagery import PreparedImages, SarImage
from sarvl.measures.localisation import (
    Localisation,
    MapSettings,
    heat_map,
    localisation,
    probability_map,
    region_mask,
    tiles_of,
)
from sarvl.measures.measure import Measure
from sarvl.models.protocols import Embedder, Features
from sarvl.progress import progress

Side = Annotated[int, Field(ge=8)]
_BATCH = 64


class LocalisationSettings(BaseModel):
    """What can be set of semantic localisation; the defaults are those of AIR-SLT's protocol."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    annotations: Path | None = Field(default=None, exclude=True)
    """AIR-SLT's ``anno.json``; none for a query a class that an image has boxes of."""
    tiles: tuple[Side, ...] = Field(default=(256, 512, 768), min_length=1)
    """Sides of the square tiles in pixels, each in two passes, the second from half a tile on."""
    blur: int = Field(default=251, ge=1)
    """Side of the median filter of the map in pixels, an odd number."""
    softening: int = Field(default=50, ge=1)
    """Side of the box filter, used five times, before peaks are looked for."""
    window: int = Field(default=1000, ge=2)
    """Side of the window in which a peak is the highest point."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def annotations_sha256(self) -> str | None:
        """The SHA-256 of the annotations, which decide what is measured, wherever the file lies."""
        return sha256_of(self.annotations.read_bytes()) if self.annotations else None

    @property
    def map(self) -> MapSettings:
        """The settings of the map."""
        return MapSettings(self.blur, self.softening, window=self.window)


def runs(evaluated: EvaluatedModel, settings: LocalisationSettings) -> list[TaskRun]:
    """Return the one run over all queries; raises EvaluationError where there is none, or ``blur`` is even."""
    if settings.blur % 2 == 0:
        raise EvaluationError(f"localisation: blur {settings.blur}; give an odd number of pixels")
    images = evaluated.images
    queries = queries_of_file(settings.annotations, images) if settings.annotations else queries_of_corpus(images)
    if not queries:
        raise EvaluationError(
            f"{images.corpus.folder}: no image of split {images.split} has a region to find; choose a source with "
            "boxes, or give localisation.annotations"
        )
    return [TaskRun(images.whole, partial(outcome, evaluated, settings, queries))]


def outcome(evaluated: EvaluatedModel, settings: LocalisationSettings, queries: Sequence[Query]) -> Outcome:
    """Return one row a query. Its prediction is the highest point of the map, ``x, y``, its score the similarity there.

    Beside the usual columns stand ``image``, ``text``, the measures, and ``area``, the share of the image that the
    regions cover.
    """
    embedder = evaluated.able(Embedder, "localisation")
    by_place: dict[int, list[Query]] = defaultdict(list)
    for query in queries:
        by_place[query.place].append(query)
    by_item: dict[str, tuple[Localisation, str, float, float]] = {}
    with progress("localise", len(by_place), "images") as advance:
        for place, own in sorted(by_place.items()):
            by_item |= _of_image(evaluated, embedder, settings, place, own)
            advance(1)
    images = evaluated.images
    measured = [by_item[query.item] for query in queries]
    columns: dict[str, Any] = {
        name: [getattr(values, name) for values, *_ in measured] for name in Localisation._fields
    }
    return Outcome.of(
        item=[query.item for query in queries],
        group=[images.groups[query.place] for query in queries],
        truth=[f"{len(query.regions)} regions" for query in queries],
        prediction=[peak for _, peak, _, _ in measured],
        score=[similarity for _, _, similarity, _ in measured],
        image=[images.ids[query.place] for query in queries],
        text=[query.text for query in queries],
        area=[area for *_, area in measured],
        **columns,
    )


def _of_image(
    evaluated: EvaluatedModel, embedder: Embedder, settings: LocalisationSettings, place: int, queries: Sequence[Query]
) -> dict[str, tuple[Localisation, str, float, float]]:
    """Return of each query the measures, the highest point, its similarity, and the area of the regions."""
    image = evaluated.read(place)
    tiles = tiles_of(image.width, image.height, settings.tiles)
    features = tile_features(evaluated, embedder, image, tiles)
    texts = embedder.encode_texts([query.text for query in queries])
    measured = {}
    for query, similarities in zip(queries, texts @ features.T, strict=True):
        heat = heat_map(similarities, tiles, image.width, image.height)
        likely = probability_map(heat, settings.blur)
        y, x = np.unravel_index(int(likely.argmax()), likely.shape)
        area = float(region_mask(likely.shape, query.regions).mean())
        values = localisation(likely, query.regions, settings.map)
        measured[query.item] = values, f"{x}, {y}", float(heat[y, x]), area
    return measured


def tile_features(evaluated: EvaluatedModel, embedder: Embedder, image: SarImage, tiles: NDArray[np.int64]) -> Features:
    """Return unit features ``(T, D)`` of the tiles of an image, each brought to the model's contract as an image."""
    size, contract = evaluated.batch_size or _BATCH, evaluated.model.contract

    parts = [tiles[start : start + size].tolist() for start in range(0, len(tiles), size)]
    prepared = ([contract.prepare(image.window(*tile)) for tile in part] for part in parts)
    return np.concatenate([embedder.encode_images(PreparedImages.of(part)) for part in prepared])


HEADLINES = {"rmi": "Localisation, Rmi,"}
METRICS = {
    "rmi": "Rmi: .4 Rsu + .35 (1 - Ras) + .25 Rda",
    "rsu": "Rsu: how much of the map lies in the regions",
    "ras": "Ras: how far its peaks are from their centres (less is better)",
    "rda": "Rda: how much it gathers in one peak",
    "pointing": "highest point within a region",
}
FLAT = float(1 - np.exp(-0.707))


def measures(outcome: Outcome) -> list[Measure]:
    """Return the means of the four measures and the share of maps whose highest point lies in a region.

    Chance is the Rsu of a map that is the same everywhere, and for the highest point the area of the regions.
    """
    chance = {"rsu": FLAT, "pointing": float(outcome.column("area").mean())}
    ones, groups = np.ones(len(outcome)), outcome.column("group")
    return [
        Measure.of(
            name,
            np.column_stack((outcome.column(name), ones)),
            len(outcome),
            chance=chance.get(name),
            groups=groups,
        )
        for name in METRICS
    ]


WORST = 12


def views(rows: Sequence[ResultRow], outcome: Outcome | None) -> list[Block]:
    """Return the measures as a table, and the texts whose maps lay worst."""
    by_metric = {row.metric: row for row in rows}
    lines = [
        Line(
            (
                label,
                Cell(_digits(row.value), remark=remark_of(row, _digits)),
                _interval(row),
                "–" if row.chance is None else _digits(row.chance),
                str(row.n),
            )
        )
        for name, label in METRICS.items()
        if (row := by_metric.get(name))
    ]
    columns = [Column(label) for label in ("", "value", "95 % interval", "flat map", "n")]
    table = [Table("Semantic localisation", columns, lines)] if lines else []
    return [*table, *other_figures(rows, METRICS), *(_worst(outcome) if outcome else [])]


def _digits(value: float) -> str:
    return f"{value:.3f}"


def _interval(row: ResultRow) -> str:
    return "" if row.low is None or row.high is None else f"[{row.low:.3f}, {row.high:.3f}]"


def _worst(outcome: Outcome) -> list[Gallery]:
    order = np.argsort(outcome.column("rmi"), kind="stable")[:WORST]
    pictures = [_picture(outcome, int(row)) for row in order]
    return [Gallery("Texts whose maps lie worst", pictures, "x, y of the highest point of the map, in pixels.")]


def _picture(outcome: Outcome, row: int) -> Picture:
    image = outcome.column("image")[row]
    lines = (f"Rmi {outcome.column('rmi')[row]:.3f}", f"highest at {outcome.column('prediction')[row]}", image)
    return Picture(f"“{outcome.column('text')[row]}”", (Shown(image),), lines)


TASK = Task(
    "localisation",
    "localisation-1",
    Embedder,
    runs,
    measures,
    views,
    settings=LocalisationSettings,
    headlines=HEADLINES,
)

"""Queries: a text and the regions of an image that it means, from AIR-SLT's file or from the boxes of a corpus."""

from pathlib import Path, PurePath
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, FiniteFloat, TypeAdapter, ValidationError

from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluated import SplitImages
from sarvl.files import read_json
from sarvl.language.claims.kinds.presence import Presence
from sarvl.language.group import Group
from sarvl.language.questions.assertions import caption_of
from sarvl.language.words.vocabulary import vocabulary_of
from sarvl.measures.localisation import Polygon, are_within
from sarvl.progress import note


class Query(NamedTuple):
    """A text and what it means. item: its name, ``<image>#<number>``. place: of the image in the split."""

    item: str
    place: int
    text: str
    regions: tuple[Polygon, ...]


class _Entry(BaseModel):
    """One entry of AIR-SLT's file; other fields are passed over."""

    model_config = ConfigDict(extra="ignore")

    jpg_name: str
    caption: str
    points: list[list[tuple[FiniteFloat, FiniteFloat]]]


def read_air_slt(path: Path) -> list[tuple[str, str, tuple[Polygon, ...]]]:
    """Return (image, caption, regions) of each entry of AIR-SLT's ``anno.json``; regions are corners in pixels.

    Raises EvaluationError where the file is none, or an entry has no caption, or a region of fewer than three corners.
    Source: Yuan et al. 2022, repository xiaoyuan1996/SemanticLocalizationMetrics.
    """
    value: Any = read_json(path, EvaluationError)
    try:
        entries = TypeAdapter(list[_Entry]).validate_python(value)
    except ValidationError as problem:
        fault = problem.errors()[0]
        where = ".".join(map(str, fault["loc"])) or "the file"
        raise EvaluationError(f"{path}: {where}: {fault['msg']}; give AIR-SLT's anno.json") from problem
    for number, entry in enumerate(entries):
        if not entry.caption.strip() or not entry.points or min(map(len, entry.points)) < 3:
            raise EvaluationError(f"{path}: entry {number}: no caption, or a region of fewer than 3 corners; mend it")
    return [(entry.jpg_name, " ".join(entry.caption.split()), tuple(map(tuple, entry.points))) for entry in entries]


def queries_of_file(path: Path, images: SplitImages) -> list[Query]:
    """Return the queries of AIR-SLT's file whose images are in the split, by file name; the others are counted.

    Raises EvaluationError where a name is that of several images, a region has no extent in its image, or regions cover
    all of it.
    """
    widths, heights = (images.corpus.column(name) for name in ("width", "height"))
    places: dict[str, list[int]] = {}
    for place, name in enumerate(images.ids):
        places.setdefault(PurePath(name).name, []).append(place)
    entries = read_air_slt(path)
    queries = []
    for number, (image, text, regions) in enumerate(entries):
        of_name = places.get(image, [])
        if len(of_name) > 1:
            raise EvaluationError(f"{path}: {image} is the name of {len(of_name)} images of the split; choose sources")
        for place in of_name:
            row = images.rows[place]
            if not are_within((heights[row], widths[row]), regions):
                raise EvaluationError(
                    f"{path}: entry {number}: a region has no extent in {image}, or they cover all of it; give corners "
                    "in pixels of the image"
                )
            queries.append(Query(f"{images.ids[place]}#{number}", place, text, regions))
    if len(queries) < len(entries):
        note(f"{path}: {len(entries) - len(queries)} of {len(entries)} entries are of images that are not in the split")
    return queries


def queries_of_corpus(images: SplitImages) -> list[Query]:
    """Return one query a class that an image has objects of: "A SAR image of a ship.", whose regions are the boxes.

    A box of less than two pixels a side gives none, nor does a class that covers the whole image: how often is told.
    """
    queries, everywhere = [], 0
    for place, row in enumerate(images.rows.tolist()):
        image = images.corpus.image(row).annotation
        vocabulary = vocabulary_of(image)
        by_class: dict[str, list[Polygon]] = {}
        for item in image.objects:
            xmin, ymin, xmax, ymax = item.box
            if xmax - xmin >= 2 and ymax - ymin >= 2:
                by_class.setdefault(item.class_name, []).append(
                    [(xmin, ymin), (xmax, ymin), (xmax, ymax), (xmin, ymax)]
                )
        for class_name, regions in sorted(by_class.items()):
            if not are_within((image.height, image.width), regions):
                everywhere += 1
                continue
            text = caption_of([Presence(Group(class_name))], vocabulary)
            queries.append(Query(f"{images.ids[place]}#{class_name}", place, text, tuple(regions)))
    if everywhere:
        told = f"{everywhere} of {len(queries) + everywhere} queries are left out"
        note(f"localisation: {told}: their class covers the whole image")
    return queries

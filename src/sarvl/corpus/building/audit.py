"""The audit of a build: pictures that stand in the corpus more than once are reported, moved or dropped."""

from collections import defaultdict
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from pydantic import Field

from sarvl.annotations import Reject
from sarvl.corpus.building.duplicates import ThumbnailsOf, clusters_of, confirm, connected_sets, find_duplicates
from sarvl.corpus.building.splits import split_rank
from sarvl.corpus.corpus_info import AuditReport, Duplicates, SharedPictures
from sarvl.recipes import RecipeModel

_EXAMPLES = 3


class AuditSettings(RecipeModel):
    """What a build does about pictures that stand in it more than once."""

    duplicates: Duplicates = "report"
    """``report`` counts and notes them; ``move`` also brings every copy, with the group that it belongs to, into one
    split; ``drop`` keeps one image of each picture."""
    hamming: int = Field(default=4, ge=1, le=6)
    """Images are compared closely where their perceptual hashes differ in fewer bits than this, 1 to 6. Hashes differ
    in an even number of bits, so that 2, the rule of RemoteCLIP, asks for equal ones."""


class Audit(NamedTuple):
    """What an audit found and did.

    splits: the split of each image, (N,). notes: what to note on an image, by row. dropped: the images that go, by row.
    report: counts and examples for corpus.json and the card.
    """

    splits: list[str]
    notes: dict[int, str]
    dropped: dict[int, Reject]
    report: AuditReport


def audit(images: pa.Table, thumbnails_of: ThumbnailsOf, settings: AuditSettings) -> Audit:
    """Find the duplicates among ``images`` and do about them what ``settings`` ask for.

    images: columns image_id, source, file, sha256, phash, split and group of the images table, in its order.
    """
    candidates = find_duplicates(images["sha256"], images["phash"].to_numpy(), settings.hamming)
    pairs = confirm(candidates, thumbnails_of)
    clusters = clusters_of(pairs)
    splits, notes, dropped = resolve(clusters, images, settings.duplicates)
    report = AuditReport(
        duplicates=settings.duplicates,
        hamming=settings.hamming,
        exact_pairs=int(pairs.exact.sum()),
        perceptual_pairs=int((~pairs.exact).sum()),
        unlike_pairs=len(candidates.first) - len(pairs.first),
        chained_images=pairs.chained,
        moved_images=sum(before != after for before, after in zip(images["split"].to_pylist(), splits, strict=True)),
        dropped_images=len(dropped),
        clusters=shared_pictures(clusters, images),
    )
    return Audit(splits, notes, dropped, report)


def resolve(
    clusters: list[list[int]], images: pa.Table, duplicates: Duplicates
) -> tuple[list[str], dict[int, str], dict[int, Reject]]:
    """Return the splits, the notes and the dropped images, as ``Audit`` has them.

    Splits rank as ``split_rank`` says. Whatever moves goes to the highest split of its copies, and of copies
    the one in the highest split is kept (of several the first): no picture comes from test into training, and what
    stands in test stays there.
    """
    splits: list[str] = images["split"].to_pylist()
    ids: list[str] = images["image_id"].to_pylist()
    ranked = [sorted(cluster, key=lambda row: (split_rank(splits[row]), -row), reverse=True) for cluster in clusters]
    fate = ", which is dropped" if duplicates == "drop" else ""
    notes = {
        row: f"the same picture as {ids[twin]} of split {splits[twin]}{fate}"
        for cluster in ranked
        for row, twin in zip(cluster, [cluster[1], *cluster[:1] * (len(cluster) - 1)], strict=True)
    }
    if duplicates == "drop":
        advice = "nothing, or keep all copies with `duplicates: report`"
        sources, files = images["source"].to_pylist(), images["file"].to_pylist()
        dropped = {
            row: Reject(sources[row], "image", files[row], f"the same picture as {ids[kept]}, which is kept", advice)
            for kept, *others in ranked
            for row in others
        }
        return splits, {row: note for row, note in notes.items() if row not in dropped}, dropped
    if duplicates == "move":
        for row, split in _moves(clusters, images).items():
            notes[row] = "; ".join(filter(None, [notes.get(row), f"moved from split {splits[row]} to {split}"]))
            splits[row] = split
    return splits, notes, {}


def _moves(clusters: list[list[int]], images: pa.Table) -> dict[int, str]:
    """Return the new split of every image that has to leave its own, so that no cluster and no group of one parts."""
    splits = images["split"].to_pylist()
    parted = [cluster for cluster in clusters if len({splits[row] for row in cluster}) > 1]
    if not parted:
        return {}
    # A group is a scene of its source. Scenes that share a picture become one, through any chain of others.
    scenes = list(zip(images["source"].to_pylist(), images["group"].to_pylist(), strict=True))
    first_of: dict[tuple[str, str], int] = {}
    links = [(first_of.setdefault(scene, row), row) for row, scene in enumerate(scenes) if scene[1] is not None] + [
        (cluster[0], row) for cluster in clusters for row in cluster
    ]
    touched = {cluster[0] for cluster in parted}
    first, second = np.array(links, np.int64).T
    moves: dict[int, str] = {}
    for component in connected_sets(np.arange(len(splits)), first, second):
        if touched.isdisjoint(component):
            continue
        split = max((splits[row] for row in component), key=split_rank)
        moves |= {row: split for row in component if splits[row] != split}
    return moves


def shared_pictures(clusters: list[list[int]], images: pa.Table) -> tuple[SharedPictures, ...]:
    """Return what each set of splits and of sources shares, the splits as they were before a move."""
    columns = [images[name].to_pylist() for name in ("split", "source", "image_id")]
    pictures_of: dict[tuple[tuple[str, ...], tuple[str, ...]], list[tuple[str, ...]]] = defaultdict(list)
    for cluster in clusters:
        splits, sources, ids = (tuple(column[row] for row in cluster) for column in columns)
        pictures_of[tuple(sorted(set(splits))), tuple(sorted(set(sources)))].append(ids)
    return tuple(
        SharedPictures(
            splits=splits,
            sources=sources,
            pictures=len(pictures),
            images=sum(map(len, pictures)),
            examples=tuple(pictures[:_EXAMPLES]),
        )
        for (splits, sources), pictures in sorted(pictures_of.items())
    )

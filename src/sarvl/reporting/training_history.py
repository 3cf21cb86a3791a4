"""What a model has seen of the images that a page shows, as far as its history tells."""

from dataclasses import replace

import numpy as np

from sarvl.corpus.scenes import UNKNOWN, overlapping_patches
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.models.history import StageEntry


def corpus_line(images: SplitImages | None, shown: EvaluatedModel | None, samples: int) -> list[str]:
    """Return the sentences on the pictures: how many there are, what the model knows of them, the sources' licences."""
    if images is None:
        return []
    sources = ", ".join(f"{entry.name} ({entry.licence})" for entry in images.corpus.info.sources)
    known = f" {seen(shown)}" if shown else ""
    count = len(images.rows)
    told = f"Split {images.split} has {count} images; {min(samples, count)} of them stand here as samples."
    stretched = "Brightness is stretched, so that dark images can be seen."
    return [f"{told}{known} {stretched} Sources: {sources}."]


def seen(shown: EvaluatedModel) -> str:
    """Say what the model has seen of the images, as far as its history tells."""
    images, corpus = shown.images, shown.images.corpus
    trained = {entry.split for entry in shown.model.history if corpus.digest in entry.digests}
    if not trained:
        return "The model's history does not name this corpus, so what it has seen of these images is not known."
    if images.split in trained:
        return "The model was trained on this split: what is shown here says nothing of new images."
    seen_images = replace(images, rows=np.flatnonzero(np.isin(corpus.column("split"), list(trained))))
    told = f"The model was trained on split {' and '.join(sorted(trained))} of the same corpus; "
    return told + "; ".join((_scenes(images, seen_images), *_overlaps(images, trained))) + "."


def _scenes(images: SplitImages, seen_images: SplitImages) -> str:
    """Say which scenes stand on both sides; where no scene is known, that nothing kept them apart."""
    shared = {*images.groups} & {*seen_images.groups}
    if shared:
        return f"{len(shared)} scenes are in both"
    groups = images.corpus.column("group")
    unknown = sum(groups[row] is None for row in (*images.rows, *seen_images.rows))
    if not unknown:
        return "no scene is in both"
    is_all = unknown == len(images.rows) + len(seen_images.rows)
    return UNKNOWN if is_all else f"no scene that it knows is in both, and of {unknown} images the scenes are unknown"


def _overlaps(images: SplitImages, trained: set[str]) -> list[str]:
    overlapping = [
        overlapping for overlapping in overlapping_patches(images.corpus.images) if images.split in overlapping.splits
    ]
    pairs = sum(each.pairs for each in overlapping if not trained.isdisjoint(each.splits))
    return [f"by their names, {pairs} pairs of patches in both overlap"] if pairs else []


def stage_facts(shown: EvaluatedModel) -> list[tuple[str, str]]:
    """Return one (name, value) line a training stage of the model."""
    return [(f"stage {entry.stage}", _stage_line(entry)) for entry in shown.model.history]


def _stage_line(entry: StageEntry) -> str:
    return (
        f"{entry.images} images, {entry.epochs:g} epochs, {entry.steps} steps of {entry.batch_size} pairs, "
        f"corpus {', '.join(digest[:12] for digest in entry.digests)}, seed {entry.seed}"
    )

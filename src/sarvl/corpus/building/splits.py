"""Splits by group: images cut from one scene never part, and each class keeps the shares as closely as groups allow."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from sarvl.annotations import AnnotatedImage, Source, neighbours_of
from sarvl.errors import CorpusError
from sarvl.seeds import seeded_bytes


def assign_splits(images: Sequence[AnnotatedImage], source: Source, seed: int) -> list[str]:
    """Return the split of each image, in order.

    Groups (an image without one is a group of its own) are dealt out class by class, the largest first and equal ones
    in an order drawn from ``seed``, each to the split that is furthest below its share of the class.
    Raises CorpusError where the source's own splits are wanted and an image has none.
    """
    if source.official_splits:
        return [_official(image, source) for image in images]
    if source.splits is None:
        return [source.split or ""] * len(images)
    members: dict[str, list[int]] = defaultdict(list)
    for index, image in enumerate(images):
        members[f"group:{image.group}" if image.group else f"file:{image.file}"].append(index)
    classes: dict[str, list[str]] = defaultdict(list)
    for group, indices in members.items():
        labels = Counter(images[i].label or "" for i in indices)
        classes[min(labels, key=lambda label: (-labels[label], label))].append(group)
    splits = [""] * len(images)
    for groups in classes.values():
        sizes = {group: len(members[group]) for group in groups}
        order = sorted(groups, key=lambda group: (-sizes[group], seeded_bytes(seed, source.name, group)))
        for group, split in zip(order, _deal([sizes[group] for group in order], source.splits), strict=True):
            for index in members[group]:
                splits[index] = split
    return splits


def too_near(images: Sequence[AnnotatedImage], source: Source, splits: Sequence[str]) -> dict[int, int]:
    """Return the images that are near one of a higher split, and which one, where the group's blocks ask for it."""
    if source.group is None or not source.group.has_blocks:
        return {}
    near: dict[int, int] = {}
    for index, other in neighbours_of(images, source).tolist():
        if split_rank(splits[other]) > split_rank(splits[index]):
            near.setdefault(index, other)
    return near


def split_rank(split: str) -> tuple[int, str]:
    """Rank a split by how much its images must be kept out of others: test > any other > val > train."""
    return {"train": 0, "val": 1, "test": 3}.get(split, 2), split


def _official(image: AnnotatedImage, source: Source) -> str:
    if not image.official_split:
        raise CorpusError(f"source {source.name}: {image.file} has no split of its own; give split_pattern, or splits")
    return image.official_split


def _deal(sizes: list[int], shares: dict[str, float]) -> list[str]:
    missing = {split: share * sum(sizes) for split, share in shares.items()}
    dealt = []
    for size in sizes:
        split = max(missing, key=lambda name: missing[name])
        missing[split] -= size
        dealt.append(split)
    return dealt

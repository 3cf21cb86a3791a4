"""SARCount's set: images of a detection source, each with a class and how many of it there are, balanced over both."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sarvl.errors import LanguageError
from sarvl.evaluation.evaluated import SplitImages
from sarvl.language.questions.kinds.count import answer
from sarvl.language.questions.query import Query
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.words.lexicon import effect_of
from sarvl.seeds import seeded_bytes

UNKNOWN = "counts that the annotation cannot say"


class CountItem(NamedTuple):
    """An image (its position among those measured), a class, and how many objects of it the image shows: which."""

    place: int
    class_name: str
    number: int
    objects: tuple[int, ...]


@dataclass(frozen=True)
class CountSet:
    """The items that are asked, ``above`` those of more objects than captions name. left_out: how many could not be."""

    source: str
    items: list[CountItem]
    above: list[CountItem]
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def classes(self) -> list[str]:
        """The classes of ``items``, sorted."""
        return sorted({item.class_name for item in self.items})


def count_sets(
    images: SplitImages,
    most: int,
    per_count: int | None,
    classes: Sequence[str] = (),
    *,
    above: bool = False,
) -> list[CountSet]:
    """Return the set of each source that has images with boxes and at least two different counts.

    most: the largest count that captions name. above: whether larger ones are asked too.
    per_count: the most images of a class and a count, drawn from the corpus's seed; None takes all.
    classes: only these, where some are named.
    A count is asked where the annotation can say it: not of the class of a chip, of shadows and wakes, of a class of
    which a box was refused, or whose name covers another class that is there.
    """
    sources = images.corpus.column("source")
    sets = []
    for source in dict.fromkeys(sources[row] for row in images.rows):
        left_out: Counter[str] = Counter()
        every = list(_items_of(images, source, left_out))
        chosen = [item for item in every if not classes or item.class_name in classes]
        items = _stratified(images, [item for item in chosen if item.number <= most], per_count, left_out)
        larger = [item for item in chosen if item.number > most]
        if not above:
            left_out[f"counts above {most}"] += len(larger)
        if len({item.number for item in items}) > 1:
            larger = _stratified(images, larger, per_count, left_out) if above else []
            sets.append(CountSet(source, items, larger, left_out))
    return sets


def _items_of(images: SplitImages, source: str, left_out: Counter[str]) -> Iterator[CountItem]:
    corpus = images.corpus
    labels = corpus.column("label")
    for place in images.of_source(source).tolist():
        row = int(images.rows[place])
        if not corpus.object_classes[row] or labels[row] is not None:
            continue
        image = corpus.image(row)
        try:
            scene = QuestionScene(image.annotation, image.domain)
        except LanguageError:
            left_out["images whose classes cannot be told apart"] += 1
            continue
        objects = image.annotation.objects
        unnamed = {own.class_name for own, name in zip(objects, scene.class_names, strict=True) if name is None}
        left_out[UNKNOWN] += len(unnamed)
        for class_name in sorted(scene.by_class):
            if effect_of(class_name):
                continue
            finding = answer(Query("count", (class_name,)), scene)
            if finding is None:
                left_out[UNKNOWN] += 1
            else:
                yield CountItem(place, class_name, int(finding.answer), scene.by_class[class_name])


def _stratified(
    images: SplitImages, items: Sequence[CountItem], per_count: int | None, left_out: Counter[str]
) -> list[CountItem]:
    """Return at most so many items a class and count, in the order of the images."""
    if per_count is None:
        return list(items)
    cells: dict[tuple[str, int], list[CountItem]] = defaultdict(list)
    seed, ids = images.corpus.seed, images.ids
    for item in sorted(items, key=lambda item: seeded_bytes(seed, ids[item.place], item.class_name, "sarcount")):
        cells[item.class_name, item.number].append(item)
    kept = sorted(item for cell in cells.values() for item in cell[:per_count])
    left_out["not drawn, since their count is frequent"] += len(items) - len(kept)
    return kept

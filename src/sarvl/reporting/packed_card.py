"""What the card of a packed model tells beside that of a checkpoint: its data, its figures, and what it cannot do."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sarvl.corpus import Corpus
from sarvl.errors import ModelError
from sarvl.evaluation.classified_outcome import CLASS_PREFIX
from sarvl.evaluation.rows import ResultRow
from sarvl.markdown import escaped, row
from sarvl.models.history import StageEntry
from sarvl.models.packaging.packaged_models import ROWS

_CALIBRATION = ("ECE", "AURC")
_SET_ASIDE = ("majority_class", "distinct_captions", "strict_mean_recall", *_CALIBRATION)
_RANK = re.compile(r"top(?!1$)\d+$")
_ERROR = "_MAE"  # the end of the names of errors: the less, the better
_CONSTANTS = {
    **{
        ("sarcount", f"{way}_{figure}"): (f"commonest_{figure}", f"one_{figure}")
        for way in ("digits", "words")
        for figure in ("top1", "MAE")
    },
    ("vqa", "strict"): ("majority", "blind"),
}
"""What else answers without a look at the image, by task and figure: other figures of the same run."""
_FLOORS = {"sarcount": "chance, or one count for all images", "vqa": "answers without the image"}
_MEASURED_TOLD = (
    "Corpora are told by the first digits of their digests. 95 % intervals are over scenes, else over images. "
    f"`{ROWS}` has every figure."
)
_CALIBRATION_TOLD = "ECE: how far confidence is from accuracy. AURC: the error among what it is surest of, on average."
LIMITS = (
    "It knows what the sets above show. Of another sensor, resolution or kind of object nothing was measured.",
    "What it says of an image is likely or not, and no evidence. The figures tell how often it is right.",
)


class LearntSource(NamedTuple):
    """Images of one source that one stage learnt from; corpus: the digest of that which they stand in."""

    stage: str
    corpus: str
    source: str
    licence: str
    images: int


class Packing(NamedTuple):
    """What packing did. parts: the bytes of parts. told: the section of the card. closeness: to before, in a line."""

    bytes: int
    parts: dict[str, int]
    told: str
    closeness: str


def learnt_sources(history: Sequence[StageEntry], corpora: Sequence[Corpus]) -> list[LearntSource]:
    """Return what each stage learnt from, by source and licence.

    Raises ModelError where no stage is recorded, or a corpus of one is not among those that are given.
    """
    if not history:
        raise ModelError("nobody recorded what the model learnt from; pack one that sarvl trained")
    by_digest = {corpus.digest: corpus for corpus in corpora}
    learnt = []
    for entry in history:
        for digest in entry.digests:
            if digest not in by_digest:
                raise ModelError(
                    f"stage {entry.stage} learnt from corpus {digest[:12]}; give that too, for its licences"
                )
            corpus = by_digest[digest]
            rows = corpus.rows_of(entry.split).tolist()
            sources, licences = corpus.column("source"), corpus.column("licence")
            counts = Counter((sources[index], licences[index]) for index in rows)
            learnt += [LearntSource(entry.stage, digest, *told, images) for told, images in counts.items()]
    return learnt


def sections(
    learnt: Sequence[LearntSource],
    rows: Sequence[ResultRow],
    packing: Packing,
    *,
    began_from: str,
    earlier: Sequence[str] = (),
    notes: Sequence[str],
) -> list[str]:
    """Return the sections as Markdown; whatever comes from files stands in them as words.

    earlier: the lines of ``data_of_card`` of the model that it began from.
    """
    measured = [each for each in rows if _is_headline(each.metric)]
    calibration = [each for each in rows if each.metric in _CALIBRATION]
    return [
        *_data(learnt, began_from, earlier),
        *_figures("Measured", _MEASURED_TOLD, measured),
        *_figures("Calibration", _CALIBRATION_TOLD, calibration),
        "## What it cannot do",
        _listed([*_at_chance(rows), *LIMITS, *notes]),
        "## Packing",
        packing.told,
    ]


def data_of_card(card: str) -> list[str]:
    """Return the lines of the table of data of a packed model's card, without its head."""
    section = card.partition("\n## Data\n")[2].partition("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("| ")][1:]


def _data(learnt: Sequence[LearntSource], began_from: str, earlier: Sequence[str]) -> list[str]:
    stages = defaultdict(list)
    for each in learnt:
        stages[each.source, each.licence, f"{each.images:,}", _short(each.corpus)].append(each.stage)
    cells = [(*images, ", ".join(own)) for images, own in stages.items()]
    began = [f"Before its first stage it was {escaped(began_from)}."] if began_from else []
    use = "Use it as all of these licences allow: where one is for research, it is for research."
    head, rule, *lines = _table(("source", "licence", "images", "corpus", "stages"), cells).split("\n")
    return ["## Data", *began, "\n".join((head, rule, *earlier, *lines)), use]


def _figures(title: str, remark: str, rows: Sequence[ResultRow]) -> list[str]:
    if not rows:
        return [f"## {title}", "Nothing was measured."]
    head = ("task", "corpus", "source", "split", "figure", "value", "95 % interval", "n", "chance")
    return [f"## {title}", remark, _table(head, map(_cells, rows))]


def _cells(each: ResultRow) -> tuple[str, ...]:
    interval = "" if each.low is None or each.high is None else f"{each.low:.3f} to {each.high:.3f}"
    chance = "" if each.chance is None else f"{each.chance:.3f}"
    images = _short(each.corpus_digest), each.source, each.split
    return each.task, *images, each.metric, f"{each.value:.3f}", interval, f"{each.n:,}", chance


def _short(digest: str) -> str:
    """Return a digest as the table of the training stages tells it."""
    return digest[:12]


def _is_headline(metric: str) -> bool:
    """Return whether a figure stands for its task: no part of it, such as a rank or a class, and no baseline."""
    return not ({*metric} & {"@", "/"} or metric in _SET_ASIDE or _RANK.search(metric))


def _at_chance(rows: Sequence[ResultRow]) -> list[str]:
    """Name the figures whose interval reaches what needs no image, a line a task and source."""
    low = defaultdict(list)
    values = {each.key(): each.value for each in rows}
    for each in rows:
        is_told = _is_headline(each.metric) or each.metric.startswith(CLASS_PREFIX)
        if is_told and _reaches(each, _floor(each, values)):
            low[each.task, each.source, _short(each.corpus_digest)].append(each.metric)
    return [
        f"Not shown to be better than {_FLOORS.get(task, 'chance')}: {task} on {source} of corpus {corpus}: "
        f"{', '.join(metrics)}."
        for (task, source, corpus), metrics in low.items()
    ]


def _floor(each: ResultRow, values: Mapping[tuple[object, ...], float]) -> float | None:
    """Return the best that needs no image, by chance or a constant answer; None where none is known."""
    run, _ = each.key()
    constants = [values.get((run, name)) for name in _CONSTANTS.get((each.task, each.metric), ())]
    known = [value for value in (each.chance, *constants) if value is not None]
    best = min if each.metric.endswith(_ERROR) else max
    return best(known, default=None)


def _reaches(each: ResultRow, floor: float | None) -> bool:
    """Return whether the interval of a figure does not lie on the better side of a floor."""
    if each.low is None or each.high is None or floor is None:
        return False
    return each.high >= floor if each.metric.endswith(_ERROR) else each.low <= floor


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"- {escaped(line)}" for line in lines)


def _table(head: tuple[str, ...], cells: Iterable[tuple[str, ...]]) -> str:
    return "\n".join([row(head), f"|{'---|' * len(head)}", *map(row, cells)])

"""Result rows arranged for reading: one group a model, source and split, with its tables."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sarvl.evaluation.rows import ResultRow

RETRIEVAL_METRIC = re.compile(r"(strict|grouped)_(text_to_image|image_to_text)_R@(\d+)|(strict|grouped)_mean_recall")
HEADLINES = {
    ("retrieval", "grouped_mean_recall"): "Retrieval, grouped mean recall",
    ("retrieval", "strict_mean_recall"): "Retrieval, strict mean recall",
    ("zeroshot", "top1"): "Zero-shot, top-1 accuracy",
    ("zeroshot", "mean_per_class_accuracy"): "Zero-shot, mean per-class accuracy",
}
ZEROSHOT_LABELS = {
    "top1": "top-1 accuracy",
    "top3": "top-3 accuracy",
    "top5": "top-5 accuracy",
    "mean_per_class_accuracy": "mean per-class accuracy",
    "majority_class": "always naming the most frequent class",
    "ECE": "expected calibration error (lower is better)",
}
CLASS_PREFIX = "class_accuracy/"


class RetrievalLine(NamedTuple):
    """One line of the retrieval table: a direction and depth, or the mean, under both protocols."""

    label: str
    strict: ResultRow | None
    grouped: ResultRow | None


@dataclass(slots=True)
class ResultGroup:
    """All figures of one model on one source and split, in the order of reading."""

    model: str
    source: str
    split: str
    weights_hash: str
    contract_hash: str
    corpus_digest: str
    seed: int
    headlines: list[tuple[str, ResultRow]] = field(default_factory=list)
    retrieval: list[RetrievalLine] = field(default_factory=list)
    distinct_captions: ResultRow | None = None
    zeroshot: list[tuple[str, ResultRow]] = field(default_factory=list)
    classes: list[tuple[str, ResultRow]] = field(default_factory=list)
    others: list[ResultRow] = field(default_factory=list)
    protocols: list[str] = field(default_factory=list)
    prompts: list[tuple[str, ...]] = field(default_factory=list)


def grouped_results(rows: Sequence[ResultRow]) -> tuple[list[ResultGroup], int]:
    """Return the groups in order of appearance, and how many rows a later row with the same key replaced."""
    latest = {row.key(): row for row in rows}
    by_run: dict[tuple[str, str, str, str, str, str, int], list[ResultRow]] = {}
    for row in latest.values():
        run = (row.model, row.source, row.split, row.weights_hash, row.contract_hash, row.corpus_digest, row.seed)
        by_run.setdefault(run, []).append(row)
    return [_group(ResultGroup(*run), members) for run, members in by_run.items()], len(rows) - len(latest)


def _group(group: ResultGroup, rows: list[ResultRow]) -> ResultGroup:
    """Sort a group's rows into its tables; what no table knows goes to ``others``."""
    figures = {(row.task, row.metric): row for row in rows}
    group.headlines = [(label, figures[name]) for name, label in HEADLINES.items() if name in figures]
    group.retrieval = _retrieval_lines(row for row in rows if row.task == "retrieval")
    group.distinct_captions = figures.get(("retrieval", "distinct_captions"))
    group.zeroshot = [
        (label, figures["zeroshot", name]) for name, label in ZEROSHOT_LABELS.items() if ("zeroshot", name) in figures
    ]
    group.classes = [
        (row.metric.removeprefix(CLASS_PREFIX), row)
        for row in rows
        if row.task == "zeroshot" and row.metric.startswith(CLASS_PREFIX)
    ]
    shown = [row for line in group.retrieval for row in (line.strict, line.grouped)] + [group.distinct_captions]
    shown += [row for _, row in (*group.zeroshot, *group.classes)]
    keys = {row.key() for row in shown if row is not None}
    group.others = [row for row in rows if row.key() not in keys]
    group.protocols = list(dict.fromkeys(row.protocol for row in rows))
    group.prompts = list(dict.fromkeys(tuple(row.settings.get("templates", ())) for row in rows))
    return group


def _retrieval_lines(rows: Iterable[ResultRow]) -> list[RetrievalLine]:
    """Put strict beside grouped: text to image by depth, image to text by depth, then the mean."""
    lines: dict[tuple[int, int], dict[str, ResultRow]] = {}
    for row in rows:
        if match := RETRIEVAL_METRIC.fullmatch(row.metric):
            protocol, direction, depth, mean_protocol = match.groups()
            place = (("text_to_image", "image_to_text").index(direction), int(depth)) if direction else (2, 0)
            lines.setdefault(place, {})[protocol or mean_protocol] = row
    names = ("text to image, R@{}", "image to text, R@{}", "mean recall")
    return [
        RetrievalLine(names[side].format(depth), found.get("strict"), found.get("grouped"))
        for (side, depth), found in sorted(lines.items())
    ]

"""Refusals: what a build refused, counted by reason."""

import re
from collections import Counter
from itertools import groupby
from typing import NamedTuple

import pyarrow as pa

from sarvl.corpus.inspecting.counting import count_rows

_LONGEST_REASON = 80


class Commonest(NamedTuple):
    """The reason for which most was refused: how often, and the first item as an example, with what to do."""

    times: int
    unit: str
    reason: str
    example: str
    advice: str


def counted_refusals(rejects: pa.Table) -> list[tuple[str, str, str, int]]:
    """Return source, unit, reason without its particulars, and count of a corpus's rejects, sorted."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for (source, unit, reason), count in count_rows(rejects, "source", "unit", "reason").items():
        counts[source, unit, without_particulars(reason)] += count
    return [(*what, count) for what, count in sorted(counts.items())]


def commonest_refusal(rejects: pa.Table) -> Commonest | None:
    """Return the reason that stands most often, whatever its source and class; None where nothing was refused."""
    counts: Counter[tuple[str, str]] = Counter()
    for (unit, reason), count in count_rows(rejects, "unit", "reason").items():
        counts[_kind_of(unit, reason)] += count
    if not counts:
        return None
    kind = min(counts, key=lambda one: (-counts[one], one))
    columns = [rejects.column(name).to_pylist() for name in ("source", "unit", "file", "reason", "advice")]
    rows = zip(*columns, strict=True)
    source, unit, file, reason, advice = next(row for row in rows if _kind_of(row[1], row[3]) == kind)
    return Commonest(counts[kind], unit, reason, f"{source}/{file}", advice)


def _kind_of(unit: str, reason: str) -> tuple[str, str]:
    """Return what is one reason for all classes: of a box the class stands before it."""
    return unit, without_particulars(reason.partition(": ")[2] or reason if unit == "box" else reason)


def without_particulars(reason: str) -> str:
    """Return a reason without its numbers and files, so that equal ones are counted together."""
    words = ["…" if re.search(r"[\d/]|\.\w", word) else word for word in reason.split()]
    return " ".join(word for word, _ in groupby(words))[:_LONGEST_REASON]

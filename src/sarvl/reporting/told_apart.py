"""Told apart: what is said of rows that would read alike on a page, though they are of different runs."""

import json
from collections import defaultdict
from collections.abc import Hashable, Sequence

from sarvl.evaluation.rows import ResultRow

_LONGEST = 60
_FIELDS = {
    "corpus_digest": "corpus",
    "weights_hash": "weights",
    "contract_hash": "input contract",
    "protocol": "protocol",
    "temperature": "temperature",
}
"""What else two runs differ in, and what it is called; of a hash the first digits are told."""


def told_apart(rows: Sequence[ResultRow], alike: Sequence[Hashable]) -> list[str]:
    """Return what tells each row from the others of which the same is said (``alike``): nothing of a row alone.

    These are the settings that differ; of runs with the same settings, the corpus, the weights and so on.
    """
    groups = defaultdict(list)
    for place, said in enumerate(alike):
        groups[said].append(place)
    told = [""] * len(rows)
    for places in groups.values():
        for place, words in zip(places, _differences([rows[place] for place in places]), strict=True):
            told[place] = words
    return told


def where_different(said: Sequence[str], more: Sequence[str]) -> list[str]:
    """Return texts, each with ``more`` behind it where that is not the same behind all that are equal."""
    values = defaultdict(set)
    for text, value in zip(said, more, strict=True):
        values[text].add(value)
    return [
        ", ".join(filter(None, (text, value))) if len(values[text]) > 1 else text
        for text, value in zip(said, more, strict=True)
    ]


def plain(value: object) -> str:
    """Return the value of a setting as a user would write it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _differences(rows: Sequence[ResultRow]) -> list[str]:
    if len(rows) == 1:
        return [""]
    told = _differing_settings(rows)
    for field, label in _FIELDS.items():
        if len(set(told)) < len(rows):
            told = where_different(told, [_told(label, getattr(row, field)) for row in rows])
    return told


def _told(label: str, value: object) -> str:
    return "" if value is None else f"{label} {str(value)[:12]}"


def _differing_settings(rows: Sequence[ResultRow]) -> list[str]:
    names = dict.fromkeys(name for row in rows for name in row.settings)
    told = [""] * len(rows)
    if len({row.task for row in rows}) > 1:  # what is set of one task is no answer to what is set of another
        return told
    for name in names:
        values = [plain(row.settings[name]) if name in row.settings else "" for row in rows]
        if len(set(values)) > 1:
            words = [f"{name} {value}" if value else "" for value in _shortened(values)]
            told = [", ".join(filter(None, pair)) for pair in zip(told, words, strict=True)]
    return told


def _shortened(values: Sequence[str]) -> list[str]:
    """Return values cut where they are long, but for those that would be alike then."""
    short = [value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…" for value in values]
    return short if len(set(short)) == len(set(values)) else list(values)

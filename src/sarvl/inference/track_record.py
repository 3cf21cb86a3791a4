"""Track record: how often answers of each type were right on held-out images, as a packaged model's own rows say."""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from sarvl.evaluation.rows import ResultRow, read_rows
from sarvl.models.packaging.packaged_models import PREFIX, ROWS, packaged_folder

_TYPE = "strict_type/"


class Record(NamedTuple):
    """How many answers of a type were asked for, and which share of them was right."""

    answer_type: str
    asked: int
    right: float

    @property
    def told(self) -> str:
        """The line for it."""
        of = f"of {self.asked:,} answers of this type ({self.answer_type}) about held-out images"
        return f"{of} {self.right:.0%} were right"

    @property
    def is_never_right(self) -> bool:
        """Whether its line says 0 %."""
        return f"{self.right:.0%}" == "0%"


def track_record(name: str) -> Mapping[str, Record]:
    """Return the record of each type of answers that a packaged model was asked for; none of any other model.

    The types are those that answers are scored by (``Asked.scored_as``): a choice is ``option``, whatever is chosen.
    """
    if not name.startswith(PREFIX):
        return {}
    path = packaged_folder(name.removeprefix(PREFIX)) / ROWS
    rows = read_rows(path) if path.is_file() else []
    by_type: dict[str, list[ResultRow]] = defaultdict(list)
    for row in rows:
        if row.task == "vqa" and row.source == "all" and row.metric.startswith(_TYPE):
            by_type[row.metric.removeprefix(_TYPE)].append(row)
    return {answer_type: _record(answer_type, own) for answer_type, own in by_type.items()}


def _record(answer_type: str, rows: list[ResultRow]) -> Record:
    asked = sum(row.n for row in rows)
    return Record(answer_type, asked, sum(row.value * row.n for row in rows) / asked)

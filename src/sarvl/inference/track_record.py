"""Track record: how often answers were right on held-out images, as a packaged model's own rows say."""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from sarvl.evaluation.rows import ResultRow, read_rows
from sarvl.models.packaging.packaged_models import PREFIX, ROWS, packaged_folder

_TYPE, _APPLICATION = "strict_type/", "strict/"


class Record(NamedTuple):
    """How many answers of a type were asked for, and which share of them was right.

    name: of the type, or of the application of the questions.
    """

    name: str
    asked: int
    right: float
    is_application: bool = False

    @property
    def told(self) -> str:
        """The line for it."""
        alike = "answers to questions of this application" if self.is_application else "answers of this type"
        return f"of {self.asked:,} {alike} ({self.name}) about held-out images {self.right:.0%} were right"

    @property
    def is_never_right(self) -> bool:
        """Whether its line says 0 %."""
        return f"{self.right:.0%}" == "0%"


def track_record(name: str) -> Mapping[str, Record]:
    """Return the record of each type of answers that a packaged model was asked for, and of each application.

    There is none of any other model. The types are those that answers are scored by (``Asked.scored_as``): a choice is
    ``option``, whatever is chosen.
    """
    if not name.startswith(PREFIX):
        return {}
    path = packaged_folder(name.removeprefix(PREFIX)) / ROWS
    rows = read_rows(path) if path.is_file() else []
    by_metric: dict[str, list[ResultRow]] = defaultdict(list)
    for row in rows:
        if row.task == "vqa" and row.source == "all" and row.metric.startswith((_TYPE, _APPLICATION)):
            by_metric[row.metric].append(row)
    records = [_record(metric, own) for metric, own in by_metric.items()]
    return {record.name: record for record in records}


def _record(metric: str, rows: list[ResultRow]) -> Record:
    asked = sum(row.n for row in rows)
    right = sum(row.value * row.n for row in rows) / asked
    return Record(metric.split("/", maxsplit=1)[1], asked, right, metric.startswith(_APPLICATION))

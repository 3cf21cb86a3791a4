"""Track record: how often answers of each type were right on held-out images, as a packaged model's own rows say."""

from collections import defaultdict
from collections.abc import Mapping

from sarvl.evaluation.rows import ResultRow, read_rows
from sarvl.models.packaging.packaged_models import PREFIX, ROWS, packaged_folder

_TYPE = "strict_type/"


def track_record(name: str) -> Mapping[str, str]:
    """Return a line for each type of answers that a packaged model was asked for; none of any other model."""
    if not name.startswith(PREFIX):
        return {}
    path = packaged_folder(name.removeprefix(PREFIX)) / ROWS
    rows = read_rows(path) if path.is_file() else []
    by_type: dict[str, list[ResultRow]] = defaultdict(list)
    for row in rows:
        if row.task == "vqa" and row.source == "all" and row.metric.startswith(_TYPE):
            by_type[row.metric.removeprefix(_TYPE)].append(row)
    return {answer_type: _told(answer_type, own) for answer_type, own in by_type.items()}


def _told(answer_type: str, rows: list[ResultRow]) -> str:
    asked = sum(row.n for row in rows)
    right = sum(row.value * row.n for row in rows)
    return f"of {asked:,} answers of this type ({answer_type}) about held-out images {right / asked:.0%} were right"

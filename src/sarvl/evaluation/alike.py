"""Alike: which settings of rows decide what was measured, where rows of several models are laid side by side."""

from collections.abc import Iterable
from typing import Any

from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.task import TASKS

FORMAT = "format"
"""The setting of rows of ``sarvl score`` that names the format of the predictions."""
GIVEN = "given"
"""The split of rows of predictions that were held against what their own file says is right."""


def deciding_settings(row: ResultRow, beside: Iterable[ResultRow] = ()) -> dict[str, Any]:
    """Return the settings of a row that decide what was measured, laid beside other rows of the same task.

    In which format predictions were written decides nothing. Where predictions of others are among the rows, nor does
    how a model was asked (``Task.asking``): nobody knows it of them.
    """
    given = any(FORMAT in one.settings for one in (row, *beside))
    asking = TASKS.get(row.task).asking if given else frozenset()
    return {name: value for name, value in row.settings.items() if name != FORMAT and name not in asking}

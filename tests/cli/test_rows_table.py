"""The table of rows in the terminal: what is warned of."""

import pytest

from sarvl.cli.rows_table import few_scenes_told
from sarvl.evaluation.rows import ResultRow


def row(metric: str, n_groups: int, source: str = "all") -> ResultRow:
    hashes = dict.fromkeys(("weights_hash", "contract_hash", "corpus_digest", "outcome"), "0" * 64)
    of = {"task": "captions", "split": "test", "protocol": "captions-1", "model": "m", "n": 64, "source": source}
    return ResultRow(row_version=2, metric=metric, value=0.5, low=0.4, high=0.6, n_groups=n_groups, **of, **hashes)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([row("BLEU-1", 64), row("CIDEr", 10)], []),
        (
            [row("BLEU-1", 6), row("CIDEr", 6)],
            ["warning: captions, all: intervals over 6 scenes say little; measure on ten or more"],
        ),
        # Regression: "2 scenes" was said of figures of which others were over four.
        (
            [row("BLEU-1", 2), row("CIDEr", 4)],
            ["warning: captions, all: intervals over 2 to 4 scenes say little; measure on ten or more"],
        ),
        # Regression: of a run on 64 images it was said that its intervals are over six, which was true of one figure.
        (
            [row("BLEU-1", 64), row("claim_precision", 6), row("BLEU-1", 3, "ssdd")],
            [
                "warning: captions, all: intervals of claim_precision over 6 scenes say little; measure on ten or more",
                "warning: captions, ssdd: intervals over 3 scenes say little; measure on ten or more",
            ],
        ),
    ],
)
def test_figures_over_few_scenes_are_named_where_others_are_over_more(rows: list[ResultRow], told: list[str]) -> None:
    assert list(few_scenes_told(rows)) == told

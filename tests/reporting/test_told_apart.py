"""Telling runs apart that would read alike."""

import pytest

from sarvl.evaluation.rows import ResultRow
from sarvl.reporting.told_apart import told_apart, where_different


def row(**changes) -> ResultRow:
    figure = {"task": "zeroshot", "protocol": "zeroshot-3", "metric": "top1", "value": 0.5, "n": 1}
    run = {"model": "m", "split": "test", "weights_hash": "w", "contract_hash": "c", "corpus_digest": "d"}
    return ResultRow(row_version=2, **{**figure, **run, **changes})


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ({"settings": {"limit": 5}}, {}, ["limit 5", ""]),
        (
            {"settings": {"a": 1, "b": [2], "c": 0}},
            {"settings": {"a": 2, "b": [3], "c": 0}},
            ["a 1, b [2]", "a 2, b [3]"],
        ),
        ({"settings": {"a": "x" * 99}}, {"settings": {"a": "y"}}, [f"a {'x' * 60}…", "a y"]),
        ({"settings": {"a": "x" * 99}}, {"settings": {"a": "x" * 98}}, [f"a {'x' * 99}", f"a {'x' * 98}"]),
        ({"weights_hash": "1" * 64}, {"weights_hash": "2" * 64}, ["weights 111111111111", "weights 222222222222"]),
        ({"temperature": 2.0}, {}, ["temperature 2.0", ""]),
        ({"task": "knn", "settings": {"a": 1}, "protocol": "knn-1"}, {}, ["protocol knn-1", "protocol zeroshot-3"]),
    ],
)
def test_runs_are_told_apart_by_what_differs(one, other, told):
    assert told_apart([row(**one), row(**other)], ["same", "same"]) == told
    assert told_apart([row(**one), row(**other)], ["one", "other"]) == ["", ""]


def test_what_is_the_same_behind_equal_texts_is_not_said():
    assert where_different(["a", "a", "b"], ["x", "y", "z"]) == ["a, x", "a, y", "b"]
    assert where_different(["a", "a"], ["x", ""]) == ["a, x", "a"]

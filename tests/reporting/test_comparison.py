"""Comparing two models: which runs are paired, and that the figures are those of the items."""

from types import SimpleNamespace

import numpy as np
import pytest

from sarvl.errors import EvaluationError
from sarvl.evaluation.outcomes import Outcome, RunIdentity, outcome_path, write_outcome
from sarvl.evaluation.rows import ResultRow, append_rows
from sarvl.evaluation.task import TASKS
from sarvl.measures.measure import Measure
from sarvl.reporting import comparison
from sarvl.reporting.comparison import compare

ITEMS = [f"i{number}" for number in range(12)]


def add_run(rows, model, wrong, *, order=None, drop=(), **changes):
    """Put a run of zero-shot beside a file of rows: all images named rightly but those of ``wrong``."""
    names = [name for name in (order or ITEMS) if name not in drop]
    truth = {name: ("ship", "tank")[number % 2] for number, name in enumerate(ITEMS)}
    other = {"ship": "tank", "tank": "ship"}
    outcome = Outcome.of(
        {"classes": ["ship", "tank"]},
        item=names,
        group=[f"scene {ITEMS.index(name) // 2}" for name in names],
        truth=[truth[name] for name in names],
        prediction=[other[truth[name]] if name in wrong else truth[name] for name in names],
        score=np.full(len(names), 0.75),
        rank=[2 if name in wrong else 1 for name in names],
    )
    base = {"source": "chips", "split": "test", "contract_hash": "c", "corpus_digest": "d"} | changes
    identity = RunIdentity("zeroshot", "zeroshot-2", {}, weights_hash=model, **base)
    write_outcome(rows, identity, outcome)
    row = ResultRow(
        row_version=2,
        metric="top1",
        value=0.0,
        n=len(names),
        model=model,
        outcome=identity.digest(),
        **vars(identity),
    )
    append_rows(rows, [row])
    return outcome_path(rows, identity.digest())


@pytest.fixture
def files(tmp_path):
    return tmp_path / "a.jsonl", tmp_path / "b.jsonl"


def test_models_are_compared_item_by_item_whatever_their_order(files):
    first, second = files
    add_run(first, "one", wrong=["i0", "i5", "i7"])
    add_run(second, "two", wrong=["i5"], order=ITEMS[::-1])
    found = {comparison.metric: comparison for comparison in compare(first, second)}
    top = found["top1"]
    assert (top.first, top.second, top.n, top.groups) == ("one", "two", 12, 6)
    assert (top.first_value, top.second_value) == (9 / 12, 11 / 12)
    assert top.difference == pytest.approx(2 / 12)
    assert top.low <= top.difference <= top.high
    assert top.p_value == 2 * 2**4 / 2**6  # two scenes differ: both must be exchanged, or none
    assert "majority_class" not in found
    assert found["class_accuracy/tank"].difference == pytest.approx(1 / 6)
    again = {comparison.metric: comparison for comparison in compare(second, first)}
    assert again["top1"].difference == pytest.approx(-2 / 12)


def test_a_figure_that_one_model_lacks_is_told_and_not_compared(files, monkeypatch, capsys):
    """Regression: where a model had no figure, the difference was NaN and the p-value 1."""
    for file, model in zip(files, ("one", "two"), strict=True):
        add_run(file, model, wrong=["i5"])

    def measures(outcome):
        share = Measure.of("share", np.array([[1.0, 2.0]]), 1)
        none = Measure.of("precision", np.array([[0.0, float(measures.called)]]), 1)
        measures.called += 1
        return [share, none]

    measures.called = 0
    tasks = SimpleNamespace(get=lambda name: SimpleNamespace(name=name, measures=measures))
    monkeypatch.setattr(comparison, "TASKS", tasks)
    assert {figure.metric: figure.difference for figure in compare(*files)} == {"share": 0}
    assert "only one of one and two has precision; not compared" in capsys.readouterr().err


def test_one_file_of_several_models_pairs_each_two_once(files):
    first, _ = files
    for model in ("one", "two", "three"):
        add_run(first, model, wrong=[])
        add_run(first, model, wrong=[], source="scenes")
    pairs = {(found.first, found.second, found.source) for found in compare(first, first)}
    assert {(one, two) for one, two, _ in pairs} == {("one", "two"), ("one", "three"), ("two", "three")}
    assert len(pairs) == 6


def test_p_values_of_many_models_are_corrected_by_holm_figure_by_figure(files):
    """What is compared with three others at once needs more than what is compared with one."""
    first, second = files
    add_run(first, "one", wrong=ITEMS)
    for model, wrong in (("two", []), ("three", ["i0", "i1"]), ("four", ITEMS[:10])):
        add_run(second, model, wrong=wrong)
    add_run(first, "one", wrong=ITEMS, source="scenes")
    add_run(second, "two", wrong=[], source="scenes")
    compared = [line for line in compare(first, second) if line.metric == "top1"]
    told = {(line.second, line.source): (line.p_value, line.p_holm) for line in compared}
    exact = {"two": 2 / 2**6, "three": 2 / 2**5, "four": 1.0}  # the scenes that differ are all exchanged, or none
    assert {second for second, source in told if source == "chips"} == set(exact)
    for model, p_value in exact.items():
        assert told[model, "chips"][0] == p_value
    assert [told[model, "chips"][1] for model in exact] == [3 * 2 / 2**6, 2 * 2 / 2**5, 1.0]
    assert told["two", "scenes"] == (2 / 2**6, 2 / 2**6)


@pytest.mark.parametrize("change", [{"source": "scenes"}, {"split": "val"}, {"corpus_digest": "e"}])
def test_only_what_is_the_same_is_compared(files, change):
    add_run(files[0], "one", wrong=[])
    add_run(files[1], "two", wrong=[], **change)
    with pytest.raises(EvaluationError, match="no two models did the same task on the same source, split and corpus"):
        compare(*files)


def test_a_file_given_twice_is_told_so(files):
    add_run(files[0], "one", wrong=[])
    with pytest.raises(
        EvaluationError, match=r"given twice, and holds one model alone; give the rows of another model"
    ):
        compare(files[0], files[0])


def test_rows_behind_a_link_to_itself_are_one_line(tmp_path):
    (tmp_path / "rows.jsonl").symlink_to("rows.jsonl")
    with pytest.raises(EvaluationError, match=r"rows\.jsonl: cannot be read") as caught:
        compare(tmp_path / "rows.jsonl", tmp_path / "rows.jsonl")
    assert "\n" not in str(caught.value)


def test_a_model_is_not_compared_with_itself(files):
    add_run(files[0], "one", wrong=[])
    add_run(files[1], "one", wrong=[])
    with pytest.raises(EvaluationError, match="no two models"):
        compare(*files)


def test_items_that_differ_are_an_error(files):
    add_run(files[0], "one", wrong=[])
    add_run(files[1], "two", wrong=[], drop=["i3"])
    with pytest.raises(EvaluationError, match=r"zeroshot of two has other items than that of one in .*a\.jsonl \(i3\)"):
        compare(*files)


def test_truths_that_differ_are_an_error(files):
    add_run(files[0], "one", wrong=[])
    add_run(files[1], "two", wrong=[])
    write_moved(files[1])
    with pytest.raises(EvaluationError, match="has another truth than in"):
        compare(*files)


def write_moved(rows):
    """Give each item of the run of model two the name of the next."""
    identity = RunIdentity("zeroshot", "zeroshot-2", {}, "chips", "test", "two", "c", "d")
    outcome = Outcome.of(
        {"classes": ["ship", "tank"]},
        item=ITEMS[1:] + ITEMS[:1],
        group=[f"scene {number // 2}" for number in range(12)],
        truth=["ship", "tank"] * 6,
        prediction=["ship"] * 12,
        score=np.ones(12),
        rank=np.ones(12, np.int64),
    )
    write_outcome(rows, identity, outcome)


def test_rows_without_outcomes_are_told(files):
    first, second = files
    add_run(first, "one", wrong=[])
    path = add_run(second, "two", wrong=[])
    path.unlink()
    with pytest.raises(EvaluationError, match="no such file; run sarvl evaluate again, or put the outcomes beside"):
        compare(first, second)
    second.unlink()
    row = {"task": "zeroshot", "metric": "top1", "value": 0.0, "n": 1, "model": "m", "split": "test"}
    old = ResultRow(protocol="zeroshot-2", weights_hash="w", contract_hash="c", corpus_digest="d", **row)
    append_rows(second, [old])
    with pytest.raises(EvaluationError, match="no row has an outcome"):
        compare(first, second)


def add_answers(rows, model, settings):
    """Put the same answers beside a file of rows, as predictions of others or of a model that was asked."""
    outcome = Outcome.of(
        {"classes": ["no", "yes"]},
        item=ITEMS,
        group=ITEMS,
        truth=["yes"] * len(ITEMS),
        prediction=["yes"] * len(ITEMS),
        score=np.ones(len(ITEMS)),
        rank=[1] * len(ITEMS),
    )
    identity = RunIdentity("vqa", "vqa-1", settings, "all", "test", model, "", "d")
    write_outcome(rows, identity, outcome)
    append_rows(
        rows,
        [
            ResultRow(
                row_version=2,
                metric="strict",
                value=1.0,
                n=12,
                model=model,
                outcome=identity.digest(),
                **vars(identity),
            )
        ],
    )


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ({"format": "vlmeval", "typed": False}, {"format": "sarlang-csv", "typed": False}, True),
        ({"format": "vlmeval", "typed": False}, {"typed": True, "prompt": "{question}"}, True),
        ({"typed": False}, {"typed": True}, False),
        ({"format": "vlmeval", "judge": None}, {"judge": {"model": "j"}}, False),
        ({"format": "vlmeval"}, {"limit": 5}, False),
    ],
)
def test_predictions_are_held_against_others_whatever_their_format(files, monkeypatch, one, other, alike):
    """Regression: rows of ``score`` could be held against those of the same format alone."""
    task = SimpleNamespace(name="vqa", asking=TASKS.get("vqa").asking, measures=TASKS.get("zeroshot").measures)
    monkeypatch.setattr(type(TASKS), "get", lambda _, name: task)
    for rows, model, settings in zip(files, ("theirs", "ours"), (one, other), strict=True):
        add_answers(rows, model, settings)
    if alike:
        assert {found.metric for found in compare(*files)} >= {"top1"}
    else:
        with pytest.raises(EvaluationError, match="no two models did the same"):
            compare(*files)

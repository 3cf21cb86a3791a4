"""What the tasks show of a run, from its rows and its outcome alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarvl.blocks import Bars, Curve, Gallery, Matrix, Table, Tiles
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.results import results_of
from sarvl.evaluation.row_blocks import percent, times_chance
from sarvl.evaluation.rows import ResultRow, append_rows
from sarvl.evaluation.task import TASKS
from sarvl.evaluation.tasks import retrieval, zeroshot


def row(task="retrieval", metric="strict_mean_recall", **changes):
    fields = {
        "row_version": 2,
        "task": task,
        "metric": metric,
        "value": 0.4321,
        "low": 0.4,
        "high": 0.5,
        "n": 12,
        "chance": 0.04,
        "model": "runs/a",
        "split": "test",
        "protocol": f"{task}-1",
        "weights_hash": "feed",
        "contract_hash": "cafe",
        "corpus_digest": "beef",
    }
    return ResultRow(**(fields | changes))


def blocks_of(found, kind):
    return [block for block in found if isinstance(block, kind)]


def texts(table):
    return [[cell if isinstance(cell, str) else cell.text for cell in line.cells] for line in table.lines]


def classified():
    return Outcome.of(
        {"classes": ["bridge", "ship", "tank"], "is_sigmoid": False},
        item=["a", "b", "c", "d"],
        group=["a", "b", "c", "d"],
        truth=["ship", "ship", "tank", "ship"],
        prediction=["ship", "tank", "ship", "bridge"],
        score=[0.9, 0.5, 0.7, 0.6],
        rank=[1, 2, 3, 2],
        logits=[[0.0, 2.0, 1.0], [0.0, 1.0, 2.0], [1.0, 2.0, 0.0], [2.0, 1.0, 0.0]],
    )


def retrieved():
    """Two images of two captions each; the caption of both stands right, one of the others stands last."""
    return Outcome.of(
        item=["a#0", "a#1", "b#0", "b#1", "a#image", "b#image"],
        group=["a", "a", "b", "b", "a", "b"],
        truth=["a", "a", "b", "b", "both\nof a", "both\nof b"],
        prediction=["a", "b", "a", "b", "of b", "of b"],
        score=[0.5, 0.4, 0.5, 0.6, 0.4, 0.6],
        direction=["text_to_image"] * 4 + ["image_to_text"] * 2,
        image=["a", "a", "b", "b", "a", "b"],
        text=["both", "of a", "both", "of b", "", ""],
        strict_rank=[1, 2, 2, 1, 2, 1],
        grouped_rank=[1, 2, 1, 1, 2, 1],
        family=["general", "totals", "general", "totals", "", ""],
        ndcg=[1.0, 0.5, 1.0, float("nan"), 0.75, 0.25],
        ndcg_chance=[0.5, 0.25, 0.5, float("nan"), 0.5, 0.25],
    )


def test_retrieval_lines_stand_in_order():
    names = [f"strict_{d}_R@{k}" for d in ("image_to_text", "text_to_image") for k in (10, 1, 5)]
    found = retrieval.views([row(ceiling=0.777), *(row(metric=name) for name in names)], None)
    (table,) = blocks_of(found, Table)
    assert [line[0] for line in texts(table)] == [
        *(f"text to image, R@{k}" for k in (1, 5, 10)),
        *(f"image to text, R@{k}" for k in (1, 5, 10)),
        "mean recall",
    ]
    assert texts(table)[-1] == ["mean recall", "43.2", "4.0", "77.7", "–", "–", "12"]
    assert [line.total for line in table.lines] == [False] * 6 + [True]


def test_retrieval_shows_headlines_captions_and_what_it_does_not_know():
    rows = [row(metric="grouped_mean_recall", value=0.5), row(metric="distinct_captions", value=7.0), row(metric="new")]
    found = retrieval.views(rows, None)
    assert [tile.value for tile in blocks_of(found, Tiles)[0].tiles] == ["50.0"]
    recall, others = blocks_of(found, Table)
    assert "12 caption rows hold 7 distinct captions." in recall.remark
    assert texts(others) == [["retrieval, new", "0.4321", "0.04", "12"]]


def test_the_worst_captions_stand_once_with_the_image_that_came_first():
    (gallery,) = blocks_of(retrieval.views([row()], retrieved()), Gallery)
    (picture,) = gallery.pictures
    assert picture.title == "“of a”"
    assert [shown.image_id for shown in picture.images] == ["a", "b"]
    assert picture.lines[0] == "rank 2 of 2 images"


def test_measures_of_a_retrieval_are_those_of_its_columns():
    values = {measure.metric: measure.value for measure in retrieval.measures(retrieved())}
    assert values["strict_text_to_image_R@1"] == 2 / 4
    assert values["grouped_text_to_image_R@1"] == 3 / 4
    assert values["grouped_image_to_text_R@1"] == 1 / 2
    assert values["distinct_captions"] == 3
    # Of two images, R@5 and R@10 find every caption.
    assert values["grouped_text_to_image_recall/general"] == 1
    assert values["grouped_text_to_image_recall/totals"] == pytest.approx((1 / 2 + 1 + 1) / 3)
    assert values["graded_text_to_image_nDCG@10"] == pytest.approx(2.5 / 3)  # nothing is known of one query
    assert values["graded_image_to_text_nDCG@10"] == pytest.approx(0.5)


def test_retrieval_shows_families_and_grades():
    outcome = retrieved()
    rows = [
        row(metric=measure.metric, value=measure.value, chance=measure.chance, n=measure.n)
        for measure in retrieval.measures(outcome)
    ]
    found = retrieval.views(rows, outcome)
    assert [bar.label for bar in blocks_of(found, Bars)[0].bars] == ["general", "totals"]
    graded = blocks_of(found, Table)[-1]
    assert [line[0] for line in texts(graded)] == ["text to image nDCG@10", "image to text nDCG@10"]


def test_zeroshot_shows_confusion_calibration_and_the_surest_errors():
    outcome = classified()
    rows = [
        row("zeroshot", measure.metric, value=measure.value, chance=measure.chance, n=measure.n)
        for measure in zeroshot.measures(outcome)
    ]
    found = zeroshot.views([*rows, row("zeroshot", "new")], outcome)
    assert blocks_of(found, Matrix)[0].counts.tolist() == [[0, 0, 0], [1, 1, 1], [0, 1, 0]]
    assert [bar.label for bar in blocks_of(found, Bars)[0].bars] == ["ship", "tank"]
    curve, risk = blocks_of(found, Curve)
    assert curve.courses[0].y == (0.0, 0.0, 0.0, 1.0)
    assert risk.courses[0].x == [0.25, 0.5, 0.75, 1.0]
    assert risk.courses[0].y == [0.0, 0.5, 2 / 3, 0.75]
    assert curve.courses[0].notes == ["1", "1", "1", "1"]
    (gallery,) = blocks_of(found, Gallery)
    assert [picture.images[0].image_id for picture in gallery.pictures] == ["c", "d", "b"]
    assert gallery.pictures[0].title == "tank, named ship"
    assert texts(blocks_of(found, Table)[-1]) == [["zeroshot, new", "0.4321", "0.04", "12"]]


def test_a_run_without_errors_has_no_gallery():
    outcome = classified()
    right = outcome.at(outcome.column("rank").argsort()[:1])
    assert blocks_of(zeroshot.views([row("zeroshot", "top1")], right), Gallery) == []


@pytest.mark.parametrize("name", TASKS.names())
def test_every_task_has_the_name_of_its_module(name):
    assert TASKS.get(name).name == name


def test_later_rows_win_and_runs_stand_apart(tmp_path):
    append_rows(tmp_path / "a.jsonl", [row(), row(metric="grouped_mean_recall"), row(source="ssdd")])
    append_rows(tmp_path / "b.jsonl", [row(value=0.9), row(weights_hash="other")])
    results, replaced = results_of([tmp_path / "a.jsonl", tmp_path / "b.jsonl"])
    assert replaced == 1
    assert [(result.head.source, result.head.weights_hash) for result in results] == [
        ("all", "feed"),
        ("ssdd", "feed"),
        ("all", "other"),
    ]
    assert [row.value for row in results[0].rows] == [0.9, 0.4321]
    assert results[0].outcome is None


@pytest.mark.parametrize(("value", "shown"), [(0.4321, "43.2"), (0.0044, "0.44"), (0.000831, "0.083"), (0.0, "0.0")])
def test_a_small_share_keeps_two_digits(value, shown):
    assert percent(value) == shown


@given(st.floats(0.0001, 1), st.floats(0.0001, 1))
def test_times_chance_is_what_a_reader_gets_from_the_figures_shown(value, chance):
    told = times_chance(row(value=value, chance=chance))
    ratio = float(percent(value)) / float(percent(chance))
    assert abs(float(told.rstrip("×")) - ratio) <= (0.5 if ratio >= 10 else 0.05) + 1e-9

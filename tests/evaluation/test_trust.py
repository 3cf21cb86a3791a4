"""Trust: an audit and a model that left a source out stand beside each figure that they are about, else "not run"."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from sarvl.blocks import Table
from sarvl.corpus.leaks import AuditedModel, Leak, LeakAudit, LearntImages
from sarvl.documents import write_document
from sarvl.errors import EvaluationError
from sarvl.evaluation.outcomes import Outcome, RunIdentity, outcome_path
from sarvl.evaluation.results import RunResult, results_of
from sarvl.evaluation.row_blocks import percent
from sarvl.evaluation.rows import append_rows
from sarvl.evaluation.run_rows import Answering, rows_of_run
from sarvl.evaluation.task import TASKS
from sarvl.evaluation.trust import remark_of, trusted

CORPUS = "d" * 64
IDENTITY = RunIdentity("knn", "knn-1", {}, "ships", "test", "weights a", "contract", CORPUS)
# Of four images the last two are named wrongly.
OUTCOME = Outcome.of(
    facts={"classes": ["ship", "tank"]},
    item=[f"ships/{name}.png" for name in "abcd"],
    group=list("abcd"),
    truth=["ship", "tank", "ship", "tank"],
    prediction=["ship", "tank", "tank", "ship"],
    score=[0.9, 0.8, 0.7, 0.6],
    rank=[1, 1, 2, 2],
)


def measured(rows: Path, model: str = "a", outcome: Outcome = OUTCOME, **identity: object) -> list[RunResult]:
    """Return the results of a file of rows, to which those of a run are appended."""
    run = replace(IDENTITY, weights_hash=f"weights {model}", **identity)
    made = rows_of_run(TASKS.get(run.task), run, lambda: outcome, Answering(model, 1), out=rows, known=[])
    append_rows(rows, made)
    return results_of([rows])[0]


def audit_of(path: Path, *leaks: tuple[str, str], models: tuple[str, ...] = (), **fields: object) -> Path:
    """Write an audit with leaks of the source ``ships``: (image, kind)."""
    learnt = LearntImages(corpus="e" * 64, split="train", images=9)
    given = {"sarvl_version": "0", "corpus": CORPUS, "split": "test", "images": {"ships": 5}, "hamming": 4} | fields
    audit = LeakAudit(
        **given,
        learnt=(learnt,),
        models=tuple(AuditedModel(name=name, weights_hash=f"weights {name}") for name in models),
        leaks=tuple(
            Leak(image=f"ships/{name}.png", source="ships", kind=kind, same_as="x/y.png", corpus=learnt.corpus)
            for name, kind in leaks
        ),
    )
    write_document(path, audit)
    return path


def remarks(results: list[RunResult], metric: str = "top1") -> list[str]:
    return [remark_of(row, percent) for result in results for row in result.rows if row.metric == metric]


def test_what_was_not_run_is_told(tmp_path):
    assert remarks(trusted(measured(tmp_path / "rows.jsonl"), [], {})) == ["leaks, left out: not run"]


def test_leaks_are_counted_and_the_figure_without_them_stands_beside(tmp_path):
    results = measured(tmp_path / "rows.jsonl")
    leaks = audit_of(tmp_path / "leaks.json", ("a", "file"), ("unmeasured", "file"))
    assert remarks(trusted(results, [leaks], {})) == ["leaks: 1 of 4 images, without them 33.3; left out: not run"]
    more = audit_of(tmp_path / "more.json", ("a", "picture"), ("b", "scene"))
    both = trusted(results, [leaks, more], {})
    assert remarks(both) == ["leaks: 2 of 4 images (1 by their scene), without them 0.0; left out: not run"]
    assert remarks(both, "majority_class") == ["leaks: 2 of 4 images (1 by their scene); left out: not run"]


def test_an_audit_without_leaks_says_so_and_one_of_all_images_leaves_no_figure(tmp_path):
    results = measured(tmp_path / "rows.jsonl")
    assert remarks(trusted(results, [audit_of(tmp_path / "none.json")], {})) == [
        "leaks: none of 4 images; left out: not run"
    ]
    every = audit_of(tmp_path / "all.json", *((name, "file") for name in "abcd"))
    assert remarks(trusted(results, [every], {})) == ["leaks: 4 of 4 images; left out: not run"]


def test_items_that_are_no_images_go_with_their_image(tmp_path):
    items = Outcome(OUTCOME.table.rename_columns(["image", *OUTCOME.table.column_names[1:]]), OUTCOME.facts)
    numbered = items.table.append_column("item", [[f"{number}" for number in range(4)]])
    results = measured(tmp_path / "rows.jsonl", outcome=Outcome(numbered, OUTCOME.facts))
    leaks = audit_of(tmp_path / "leaks.json", ("a", "file"))
    assert remarks(trusted(results, [leaks], {})) == ["leaks: 1 of 4 images, without them 33.3; left out: not run"]


def test_leaks_stand_beside_the_figures_of_every_degradation(tmp_path):
    from sarvl.evaluation.tasks.robustness import _told, views

    levels = ("clean", "gain=3.0")
    table = pa.concat_tables([_told(name, OUTCOME) for name in levels])
    facts = {"of": "knn", "metrics": ["top1"], "facts": dict.fromkeys(levels, OUTCOME.facts)}
    run = {"task": "robustness", "protocol": "robustness-1"}
    results = measured(tmp_path / "rows.jsonl", outcome=Outcome(table, facts), **run)
    made = trusted(results, [audit_of(tmp_path / "leaks.json", ("a", "file"))], {})
    told = "leaks: 1 of 4 images, without them 33.3; left out: not run"
    assert [remark_of(row, percent) for result in made for row in result.rows] == [told] * 2
    (cells,) = (block.lines for block in views(made[0].rows, None) if isinstance(block, Table))
    assert [line.cells[1].remark for line in cells] == [told] * 2


def test_without_the_outcome_the_images_of_the_audit_are_counted(tmp_path):
    (result,) = measured(tmp_path / "rows.jsonl")
    outcome_path(tmp_path / "rows.jsonl", result.head.outcome).unlink()
    results, _ = results_of([tmp_path / "rows.jsonl"])
    leaks = audit_of(tmp_path / "leaks.json", ("a", "file"))
    assert remarks(trusted(results, [leaks], {})) == ["leaks: 1 of 5 images; left out: not run"]


def test_an_audit_of_one_model_is_not_about_another(tmp_path):
    measured(tmp_path / "rows.jsonl", "b")
    results = measured(tmp_path / "rows.jsonl")
    leaks = audit_of(tmp_path / "leaks.json", ("a", "file"), models=("b",))
    assert remarks(trusted(results, [leaks], {})) == [
        "leaks: 1 of 4 images, without them 33.3; left out: not run",
        "leaks, left out: not run",
    ]


def test_a_model_that_left_the_source_out_stands_beside_the_others(tmp_path):
    measured(tmp_path / "left.jsonl", "without ships", OUTCOME.at([0, 2]))
    measured(tmp_path / "left.jsonl", "without ships", OUTCOME.at([0, 2]), source="tanks")
    measured(tmp_path / "left.jsonl", "without ships", OUTCOME.at([0]), settings={"neighbours": 3})
    results = measured(tmp_path / "rows.jsonl")
    (row,) = (row for row in results_of([tmp_path / "left.jsonl"])[0][0].rows if row.metric == "top1")
    made = trusted(results, [], {"ships": tmp_path / "left.jsonl"})
    told = f"[{percent(row.low)}, {percent(row.high)}]"
    assert remarks(made) == [f"leaks: not run; left out: 50.0 {told}"]
    # Its own rows, where they stand on the page too, have no other model beside them.
    both, _ = results_of([tmp_path / "rows.jsonl", tmp_path / "left.jsonl"])
    (_, own, *_) = remarks(trusted(both, [], {"ships": tmp_path / "left.jsonl"}))
    assert own == "leaks, left out: not run"


@pytest.mark.parametrize("fields", [{"split": "val"}, {"corpus": "f" * 64}, {"models": ("b",)}])
def test_an_audit_about_nothing_that_was_measured_is_refused(tmp_path, fields):
    leaks = audit_of(tmp_path / "leaks.json", **fields)
    with pytest.raises(EvaluationError, match=r"leaks\.json: about split .* of which there is no row"):
        trusted(measured(tmp_path / "rows.jsonl"), [leaks], {})


def test_rows_of_a_left_out_source_that_fit_no_figure_are_refused(tmp_path):
    results = measured(tmp_path / "rows.jsonl")
    measured(tmp_path / "left.jsonl", "other", split="val")
    for source, rows in (("ships", "left.jsonl"), ("tanks", "left.jsonl"), ("ships", "rows.jsonl")):
        with pytest.raises(EvaluationError, match=rf"{rows}: no row of source {source} is of a figure"):
            trusted(results, [], {source: tmp_path / rows})

"""Outcomes: what comes back from disk, and what is no outcome."""

import json
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sarvl.errors import EvaluationError
from sarvl.evaluation.outcomes import Outcome, RunIdentity, outcome_path, read_outcome, write_outcome

RUN = RunIdentity("zeroshot", "zeroshot-2", {"templates": ["{}."]}, "chips", "test", "w", "c", "d")


def outcome(**changes):
    columns = {
        "item": ["a", "b", "c"],
        "group": ["one", "one", "c"],
        "truth": ["ship", "tank", "ship"],
        "prediction": ["ship", "ship", "tank"],
        "score": [0.5, 0.25, 0.75],
        "rank": [1, 2, 2],
    }
    return Outcome.of({"classes": ["ship", "tank"]}, **(columns | changes))


def test_an_outcome_comes_back_as_it_was_written(tmp_path):
    rows = tmp_path / "rows.jsonl"
    write_outcome(rows, RUN, outcome())
    found = read_outcome(rows, RUN.digest())
    assert outcome_path(rows, RUN.digest()).parent == tmp_path / "rows.outcomes"
    assert found.table.equals(outcome().table)
    assert found.facts == {"classes": ["ship", "tank"]}
    assert found.where("truth", "ship").column("score").tolist() == [0.5, 0.75]
    assert len(found) == 3


def test_whatever_decides_an_outcome_changes_its_name():
    names = {RUN.digest()} | {replace(RUN, **{name: "other"}).digest() for name in vars(RUN)}
    assert len(names) == 1 + len(vars(RUN))
    assert replace(RUN, settings={"templates": ("{}.",)}).digest() == RUN.digest()


@pytest.mark.parametrize(
    ("changes", "words"), [({"item": ["a", "b", "a"]}, "an item stands twice"), ({"score": None}, "no column score")]
)
def test_what_is_no_outcome_is_told(changes, words):
    columns = {name: outcome().table.column(name).to_pylist() for name in outcome().table.column_names}
    with pytest.raises(EvaluationError, match=words):
        Outcome.of(**{name: value for name, value in (columns | changes).items() if value is not None})


def test_files_that_are_no_outcome_are_named(tmp_path):
    rows = tmp_path / "rows.jsonl"
    write_outcome(rows, RUN, outcome())
    path = outcome_path(rows, RUN.digest())
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_outcome(rows, "absent")
    other = path.with_name("other.parquet")
    other.write_bytes(path.read_bytes())
    with pytest.raises(EvaluationError, match="not the outcome that its name says; remove it"):
        read_outcome(rows, "other")
    whole = pq.read_table(path)
    for damaged in (whole.drop_columns("score"), whole.replace_schema_metadata({"sarvl_outcome": json.dumps([])})):
        pq.write_table(damaged, path)
        with pytest.raises(EvaluationError, match="not the outcome"):
            read_outcome(rows, RUN.digest())
    path.write_bytes(b"torn")
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_outcome(rows, RUN.digest())


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "rows.outcomes").write_text("a file")
    with pytest.raises(EvaluationError, match="cannot be written"):
        write_outcome(tmp_path / "rows.jsonl", RUN, outcome())


def test_columns_have_their_types():
    assert outcome().table.schema.field("score").type == pa.float64()

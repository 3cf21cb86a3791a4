"""Files of our own that are damaged, or no files at all: each is one line, and nothing waits for ever."""

import os
import signal
import socket
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_corpus import image_of, made_corpus, speckle, text_of

from sarvl.corpus import BuildRecipe, Corpus
from sarvl.corpus.mapped_array import mapped_array
from sarvl.corpus.tables import SCHEMAS, read_batches
from sarvl.errors import CorpusError, EvaluationError, RecipeError, SarvlError
from sarvl.evaluation.outcomes import Outcome, RunIdentity, outcome_path, read_outcome, write_outcome
from sarvl.evaluation.rows import read_rows
from sarvl.recipes import load_recipe

IDENTITY = RunIdentity("zeroshot", "zeroshot-2", {}, "all", "test", "w", "c", "d")


@pytest.fixture(autouse=True)
def _ends():
    """End a test that waits for a pipe."""
    signal.alarm(30)
    yield
    signal.alarm(0)


@pytest.fixture
def corpus(tmp_path) -> Path:
    folder = tmp_path / "corpus"
    objects = [{"class_name": "ship", "box": [1.0, 2.0, 9.0, 9.0]}]
    images = [image_of(folder, "made", f"{n}.png", speckle(seed=n), objects=objects, notes=["a"]) for n in range(3)]
    made_corpus(folder, images, [text_of(image, "A ship.") for image in images])
    return folder


def _link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(path.name)
    os.chdir(here)


NO_FILES = {
    "pipe": os.mkfifo,
    "folder": Path.mkdir,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "socket": _socket,
    "link to itself": _link_to_itself,
    "link to nothing": lambda path: path.symlink_to("/no/such/file"),
}


@pytest.mark.parametrize("put", NO_FILES.values(), ids=NO_FILES)
def test_a_recipe_that_is_no_file_is_refused(tmp_path, put):
    put(tmp_path / "recipe.yaml")
    with pytest.raises(RecipeError, match=r"recipe\.yaml: cannot be read"):
        load_recipe(tmp_path / "recipe.yaml", BuildRecipe)


@pytest.mark.parametrize("put", NO_FILES.values(), ids=NO_FILES)
@pytest.mark.parametrize("name", ["corpus.json", "images.parquet", "texts.parquet", "rejects.parquet"])
def test_a_part_of_a_corpus_that_is_no_file_is_refused(corpus, put, name):
    (corpus / name).unlink()
    put(corpus / name)
    with pytest.raises(CorpusError, match=name):
        Corpus.open(corpus)


@pytest.mark.parametrize("put", NO_FILES.values(), ids=NO_FILES)
def test_rows_outcomes_and_arrays_that_are_no_files_are_refused(tmp_path, put):
    rows = tmp_path / "rows.jsonl"
    put(rows)
    with pytest.raises(EvaluationError, match=r"rows\.jsonl: cannot be read"):
        read_rows(rows)
    path = outcome_path(rows, "d")
    path.parent.mkdir()
    put(path)
    with pytest.raises(EvaluationError, match=r"d\.parquet: cannot be read"):
        read_outcome(rows, "d")
    put(tmp_path / "a.npy")
    assert mapped_array(tmp_path / "a.npy") is None


def _replaced(folder: Path, name: str, column: str, value: object) -> None:
    """Put another value into the last row of a column of a table."""
    table = pq.read_table(folder / f"{name}.parquet")
    values = table[column].to_pylist()
    values[-1] = value
    place = table.schema.get_field_index(column)
    changed = table.set_column(place, table.schema.field(place), pa.array(values, table.schema.field(place).type))
    pq.write_table(changed, folder / f"{name}.parquet")


BOX = {"class_name": "ship", "box": [1.0, 2.0, 9.0, 9.0]}
OTHER_VALUES = [
    ("images", "image_id", None, "image_id: nothing in 1 of 3 rows"),
    ("images", "file", None, "file: nothing in 1 of 3 rows"),
    ("images", "bands", ["VV", None], "bands.item: nothing in"),
    ("images", "objects", [BOX | {"class_name": None}], "objects.item.class_name: nothing in"),
    ("images", "objects", [BOX | {"box": [1.0, None, 3.0, 4.0]}], "objects.item.box.item: nothing in"),
    ("images", "objects", [BOX | {"box": [1.0, float("nan"), 3.0, 4.0]}], "objects.item.box.item: not a number"),
    ("images", "objects", [BOX | {"corners": [float("inf")]}], "objects.item.corners.item: not a number"),
    ("images", "quantity", "volts", "quantity: 'volts' is none of complex, amplitude"),
    ("images", "domain", "radio", "domain: 'radio' is none of sar, optical"),
    ("images", "width", 0, "width, height: less than 1"),
    ("images", "height", -5, "width, height: less than 1"),
    ("images", "source", "unknown", "the tables do not hold what corpus.json counts"),
    ("images", "split", "unknown", "the tables do not hold what corpus.json counts"),
    ("images", "image_id", "made/0.png", "an image stands twice"),
    ("texts", "text", None, "text: nothing in 1 of 3 rows"),
    ("texts", "image_id", None, "image_id: nothing in 1 of 3 rows"),
    ("texts", "image_id", "made/9.png", "texts of images that are not there"),
    ("texts", "kind", "poem", "kind: 'poem' is none of caption, question"),
    ("texts", "evidence", [[None]], "evidence.item.item: nothing in"),
]


@pytest.mark.parametrize(("name", "column", "value", "said"), OTHER_VALUES)
def test_a_table_with_values_that_no_build_writes_is_refused(corpus, name, column, value, said):
    _replaced(corpus, name, column, value)
    with pytest.raises(CorpusError, match=said) as caught:
        Corpus.open(corpus)
    assert str(caught.value).endswith("build the corpus again")


def test_a_table_that_a_merge_reads_in_parts_is_checked_as_well(corpus):
    _replaced(corpus, "images", "image_id", None)
    with pytest.raises(CorpusError, match="image_id: nothing in 1 of 3 rows"):
        list(read_batches(corpus, "images", ["image_id"]))


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_table_of_other_columns_is_refused(corpus, name):
    path = corpus / f"{name}.parquet"
    table = pq.read_table(path)
    for changed in (
        table.drop_columns(["source" if name != "texts" else "text"]),
        table.append_column("more", table[0]),
    ):
        pq.write_table(changed, path)
        with pytest.raises(SarvlError, match=r"has other columns|do not hold"):
            [Corpus.open(corpus), list(read_batches(corpus, name))]


def outcome() -> Outcome:
    names = ["ship", "tank"]
    return Outcome.of(
        {"classes": names}, item=["a", "b"], group=["g", "g"], truth=names, prediction=names, score=[0.5, 0.75]
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.set_column(2, "truth", pa.array(["ship", None])),
        lambda table: table.set_column(4, "score", pa.array([0.5, float("nan")])),
        lambda table: table.set_column(4, "score", pa.array([1, 2])),
        lambda table: table.drop_columns(["prediction"]),
        lambda table: table.take(pa.array([1, 0])),
        lambda table: table.slice(0, 1),
        lambda table: table.rename_columns(["item", "group", "truth", "prediction", "sureness"]),
    ],
)
def test_an_outcome_that_was_changed_is_refused(tmp_path, change):
    rows = tmp_path / "rows.jsonl"
    write_outcome(rows, IDENTITY, outcome())
    path = outcome_path(rows, IDENTITY.digest())
    assert read_outcome(rows, IDENTITY.digest()).table.equals(outcome().table)
    table = pq.read_table(path)
    pq.write_table(change(table).replace_schema_metadata(table.schema.metadata), path)
    with pytest.raises(EvaluationError, match="not the outcome that its name says; remove it and run sarvl evaluate"):
        read_outcome(rows, IDENTITY.digest())


def test_an_array_whose_header_is_torn_is_none(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(6))
    whole = path.read_bytes()
    assert mapped_array(path).tolist() == [0, 1, 2, 3, 4, 5]
    for place in range(0, len(whole)):
        path.write_bytes(whole[:place] + b"(" + whole[place + 1 :])
        mapped_array(path)
        path.write_bytes(whole[:place])
        assert mapped_array(path) is None

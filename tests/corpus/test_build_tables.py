"""The tables of a build: written in row groups whatever the batches, with a digest that anybody can work out anew."""

import json
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from micro import make_build_recipe

from sarvl.corpus import BuildRecipe, build
from sarvl.corpus.tables import SCHEMAS, TablesWriter, TableWriter, hashed_rows
from sarvl.recipes import load_recipe


def naive_digest(folder: Path) -> str:
    """Work the digest out from the files alone, as docs/corpus.md defines it."""
    lines = ""
    for table in ("images", "texts", "rejects"):
        digest = sha256()
        for row in pq.read_table(folder / f"{table}.parquet").to_pylist():
            line = json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            digest.update(sha256(line.encode()).digest())
        lines += f"{table} {digest.hexdigest()}\n"
    return sha256(lines.encode()).hexdigest()


def test_the_digest_is_that_of_the_files(tmp_path):
    recipe = load_recipe(make_build_recipe(tmp_path), BuildRecipe, ["questions={}", "sources.0.looks=4"])
    assert build(recipe, tmp_path / "corpus").digest == naive_digest(tmp_path / "corpus")


def test_the_digest_and_the_files_do_not_depend_on_chunks(tmp_path, monkeypatch):
    """Chunks of other sizes, as other engines may make, and row groups that end within them."""
    recipe = load_recipe(make_build_recipe(tmp_path), BuildRecipe)
    monkeypatch.setattr("sarvl.corpus.tables.ROWS_A_GROUP", 50)
    one = build(recipe, tmp_path / "one")
    monkeypatch.setattr("sarvl.parallel.engine.map_chunks.__defaults__", (5,))
    other = build(recipe, tmp_path / "other")
    assert one.digest == other.digest
    for table in SCHEMAS:
        assert (tmp_path / "one" / f"{table}.parquet").read_bytes() == (
            tmp_path / "other" / f"{table}.parquet"
        ).read_bytes()
    assert pq.ParquetFile(tmp_path / "one" / "texts.parquet").num_row_groups == -(-280 // 50)


rejects = st.lists(st.tuples(*[st.text(st.characters(codec="utf-8"), max_size=8)] * 5), max_size=30)


@given(rejects, st.lists(st.integers(0, 30), max_size=6))
def test_rows_come_back_in_order_and_any_batches_give_one_digest(tmp_path_factory, rows, cuts):
    folder = tmp_path_factory.mktemp("tables")
    named = [dict(zip(SCHEMAS["rejects"].names, row, strict=True)) for row in rows]
    digests = []
    for number, ends in enumerate([[], sorted(cuts)]):
        writer = TableWriter(folder, "rejects")
        for start, end in zip([0, *ends], [*ends, len(named)], strict=True):
            writer.write(hashed_rows("rejects", named[start : max(start, end)]))
        digests.append(writer.close())
        assert pq.read_table(folder / "rejects.parquet").to_pylist() == named, number
    assert digests[0] == digests[1]


def test_rows_are_never_all_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("sarvl.corpus.tables.ROWS_A_GROUP", 100)
    row = dict.fromkeys(SCHEMAS["rejects"].names, "x" * 200)
    batch = hashed_rows("rejects", [row] * 64)
    writer = TableWriter(tmp_path, "rejects")
    before = pa.total_allocated_bytes()
    for _ in range(200):
        writer.write(batch)
        assert pa.total_allocated_bytes() - before < 40 * batch.batch.nbytes
    writer.close()
    assert pq.read_metadata(tmp_path / "rejects.parquet").num_rows == 64 * 200


def test_tables_that_are_given_up_are_let_go_of(tmp_path):
    with pytest.raises(KeyboardInterrupt), TablesWriter(tmp_path) as tables:
        raise KeyboardInterrupt
    with pytest.raises(AssertionError):
        tables.write("rejects", hashed_rows("rejects", [dict.fromkeys(SCHEMAS["rejects"].names, "x")] * 2**16))

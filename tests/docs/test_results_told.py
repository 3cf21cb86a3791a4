"""The results that README and docs tell are those of the committed rows."""

import re
from pathlib import Path

import pytest

from sarvl.evaluation.rows import ResultRow, read_rows

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT / "experiments" / "real"
SOURCES = {"MSTAR": "mstar", "Sentinel-1": "landcover8", "TerraSAR-X": "tsx5", "OpenSARShip": "opensarship"}
ROW = re.compile(r"^\| (\S+) .*\| (\d+) \| ([\d.]+) % \| ([\d.]+) to ([\d.]+) \| ([\d.]+) \| (\d+) \|$", re.MULTILINE)


def percent(value: float | None) -> str:
    assert value is not None
    return f"{100 * value:.1f}"


def told_by(row: ResultRow) -> tuple[str, ...]:
    figures = (row.value, row.low, row.high, row.chance)
    return str(round(1 / (row.chance or 1))), *map(percent, figures), str(row.n)


@pytest.mark.parametrize(("page", "rows"), [("README.md", 4), ("docs/results.md", 4)])
def test_the_table_tells_the_rows(page: str, rows: int) -> None:
    kept = [
        row for name in ("rows", "blocks-rows") for row in read_rows(REAL / f"{name}.jsonl") if row.metric == "top1"
    ]
    found = ROW.findall((ROOT / page).read_text(encoding="utf-8"))
    assert len(found) == rows
    for name, *figures in found:
        assert tuple(figures) in {told_by(row) for row in kept if row.source == SOURCES[name]}


def test_the_words_tell_the_rows() -> None:
    page = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    blocks = {row.source: row for row in read_rows(REAL / "blocks-rows.jsonl") if row.metric == "top1"}
    for source in ("mstar", "landcover8", "tsx5"):
        row = blocks[source]
        assert f"{percent(row.value)} % of" in page
        assert f"({percent(row.low)} to {percent(row.high)})" in page
    rows = read_rows(REAL / "rows.jsonl")
    recalls = {row.metric: row for row in rows if (row.task, row.source) == ("retrieval", "all")}
    for metric in ("grouped_mean_recall", "strict_mean_recall"):
        row = recalls[metric]
        assert f"{percent(row.value)} % ({percent(row.low)} to {percent(row.high)})" in page


def test_the_table_of_drafts_tells_the_rows() -> None:
    table = (ROOT / "docs" / "results.md").read_text(encoding="utf-8").partition("say what they are sure of\n")[2]
    told = [line for line in table.splitlines() if line.startswith("| | drafts")]
    rows = [row for row in read_rows(REAL / "captions-drafts.jsonl") if row.settings["decoding"]["drafts"] > 1]
    measured = []
    for metric in ("claim_precision", "count_recall", "place_recall"):
        own = [row for row in rows if row.metric == metric]
        measured.append([f" {percent(row.value)} ({percent(row.low)} to {percent(row.high)}) " for row in own])
    assert len(told) == len(measured[0]) > 1
    for line, *figures in zip(told, *measured, strict=True):
        cells = line.split("|")[3:6]
        assert [cell.replace(" .", " 0.").replace("(.", "(0.") for cell in cells] == figures

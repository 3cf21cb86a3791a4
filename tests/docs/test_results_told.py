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


SUITE = {
    "MSTAR": ("zeroshot", "mstar", "top1"),
    "eight land covers": ("zeroshot", "landcover8", "top1"),
    "TerraSAR-X land uses": ("zeroshot", "tsx5", "top1"),
    "OpenSARShip types": ("linear_probe", "opensarship", "top1"),
    "SAR-ACD aircraft": ("zeroshot", "sar_acd", "top1"),
    "SSDD | grouped mean recall": ("retrieval", "ssdd", "grouped_mean_recall"),
    "SSDD | counts by words, error": ("sarcount", "ssdd", "words_MAE"),
    "SSDD | highest point of the map in a ship": ("localisation", "ssdd", "pointing"),
}


def test_the_readme_tells_the_rows_of_the_packaged_model() -> None:
    """Regression: a model was packed anew, and a sentence of the README had the figures of the one before."""
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    packaged = [row for row in read_rows(REAL / "suite-packaged.jsonl") if row.model == "packaged:sarvl-mobile"]
    rows = {(row.task, row.source, row.metric): row for row in packaged}
    for label, key in SUITE.items():
        row, (line, *_) = rows[key], [line for line in page.splitlines() if line.startswith(f"| {label} |")]
        value, low, high = (
            f"{figure:.{2 if key[2] == 'words_MAE' else 3}f}"[1:] for figure in (row.value, row.low, row.high)
        )
        assert f"| {value} ({low} to {high}) |" in line
    drafts = read_rows(REAL / "captions-drafts.jsonl")
    (sure,) = [row for row in drafts if (row.source, row.metric) == ("ssdd", "claim_precision")]
    assert f"test images {percent(sure.value)} % are then right" in page

"""Simulate, build, train, evaluate and report: the whole way, small enough for two cores."""

from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from sarvl.corpus import BuildRecipe, Corpus, build
from sarvl.evaluation.evaluator import evaluate
from sarvl.evaluation.rows import ResultRow
from sarvl.files import FilePath, write_text
from sarvl.recipes import load_recipe
from sarvl.reporting.composition import report
from sarvl.simulation import simulate_dataset
from sarvl.training import TrainRecipe, train

LOOKS = {"multilook": 16, "singlelook": 1}
SCENES = 1600
CLASS_CHIPS = 1320
SIZE = 128
QUERIES = ("A SAR image of ships.", "A radar image with 3 vehicles.", "An aircraft in the upper left.", "A forest.")


class Score(NamedTuple):
    """One headline figure: its name, its value, and what chance would give."""

    name: str
    value: float
    chance: float


def quickstart(out: FilePath, seed: int = 0, workers: int | None = None) -> list[Score]:
    """Run the whole way into ``out`` and return the headline figures; ``out/report.html`` shows the rest.

    What is already there is used: a stopped quickstart goes on where it was.
    """
    out = Path(out)
    for number, (name, looks) in enumerate(LOOKS.items()):
        _build(out / name, looks, seed * len(LOOKS) + number, workers)
    recipe = load_recipe(_copy("train.yaml", out), TrainRecipe, [f"seed={seed}"])
    run = train(recipe, out / "run", resume=True, workers=workers)
    rows_path, corpus = out / "rows.jsonl", out / "singlelook" / "corpus"
    rows: list[ResultRow] = []
    for task, source in (("retrieval", "scenes"), ("zeroshot", "classes")):
        rows += evaluate(str(run), corpus, "test", [task], rows_path, sources=[source], workers=workers)
    report(
        [rows_path],
        out / "report.html",
        model=str(run),
        corpus=corpus,
        queries=QUERIES,
        title="sarvl quickstart",
        workers=workers,
    )
    return [_score(rows, "grouped_mean_recall"), _score(rows, "top1")]


def _build(folder: Path, looks: int, seed: int, workers: int | None) -> Corpus:
    if not (folder / "simulated").is_dir():
        simulate_dataset(
            folder / "simulated",
            chips=SCENES,
            class_chips=CLASS_CHIPS,
            size=SIZE,
            looks=looks,
            seed=seed,
            workers=workers,
        )
    recipe = load_recipe(_copy("corpus.yaml", folder), BuildRecipe)
    return build(recipe, folder / "corpus", workers)


def _copy(name: str, folder: Path) -> Path:
    """Put a recipe of the package beside what it makes, where its user can read and change it."""
    write_text(folder / name, files("sarvl.quickstart").joinpath(name).read_text(encoding="utf-8"))
    return folder / name


def _score(rows: list[ResultRow], metric: str) -> Score:
    row = next(row for row in rows if row.metric == metric)
    return Score(f"{row.task}: {metric}", row.value, row.chance or 0.0)

"""Try one of the field's claims: make its corpora, train its arms, measure them, and say each outcome in one line.

    python experiments/claims.py experiments/claims/claim_1.yaml

What is finished stays: corpora, runs and rows that are there are not made again, and a run that was stopped goes on.
`--seed 0` trains one seed alone, `--arm NAME` one arm, and `--set FIELD=VALUE` changes every training recipe. All lies
in runs/claims. What is tried, and how long it takes, stands in experiments/claims/README.md.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from claims_corpora import Making, make_corpus
from claims_outcomes import Run, Seen, outcome_lines, pairs_of
from pydantic import Field

from sarvl.errors import SarvlError
from sarvl.evaluation.evaluator import evaluate
from sarvl.evaluation.rows import ResultRow, read_rows
from sarvl.recipes import RecipeModel, RecipePath, load_recipe
from sarvl.training import TrainRecipe, train

OUT = Path(__file__).resolve().parents[1] / "runs" / "claims"
PAIRS = "pairs.json"  # written when a run is finished
_NOT_NEEDED_ONCE_FINISHED = "last", "stages", "state.safetensors", "tensorboard"


class Training(RecipeModel):
    """A recipe and the fields in which a training differs from it; `{out}` and `{seed}` in them are filled in."""

    recipe: RecipePath
    set: dict[str, Any] = Field(default={})


class Measured(RecipeModel):
    """What is measured on the split test of a corpus: figures by task, which is set as `settings` say."""

    corpus: str
    sources: tuple[str, ...] = ()
    figures: dict[str, tuple[str, ...]]
    settings: dict[str, dict[str, Any]] = Field(default={})


class Contrast(RecipeModel):
    """Arms that are held against one of them; p-values are corrected for their number."""

    against: str
    arms: tuple[str, ...]


class Claim(RecipeModel):
    """A claim and what decides it. Corpora and shared trainings are made once, each arm is trained for every seed.

    corpora: by the folder in that of all claims. written: those that a shared training writes.
    """

    title: str
    seeds: tuple[int, ...] = Field(min_length=1)
    corpora: dict[str, Making] = Field(default={})
    shared: dict[str, Training] = Field(default={})
    written: dict[str, Making] = Field(default={})
    arms: dict[str, Training]
    measured: tuple[Measured, ...]
    contrasts: tuple[Contrast, ...]


class Trial:
    """A claim on its way: where everything of it lies, and what is changed of its trainings."""

    def __init__(self, file: Path, out: Path, overrides: Sequence[str] = ()) -> None:
        """Read a claim; corpora and shared trainings lie in ``out``, all else in a folder of its own inside."""
        self.claim, self.out, self.overrides = load_recipe(file, Claim), out.absolute(), overrides
        self.folder = self.out / file.stem

    def run(self, seeds: Sequence[int], arms: Sequence[str]) -> None:
        """Make, train and measure whatever is not finished yet, for some seeds and arms."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, making in self.claim.corpora.items():
            make_corpus(making, self.out, name)
        for name, training in self.claim.shared.items():
            self.train(training, self.out / "shared" / name, 0)
        for name, making in self.claim.written.items():
            make_corpus(making, self.out, name)
        for seed in seeds:
            for arm in arms:
                self.run_arm(arm, seed)

    def run_arm(self, arm: str, seed: int) -> None:
        """Train an arm and measure it, but for what is there."""
        run, rows = self.folder / f"{arm}-{seed}", self.folder / f"{arm}-{seed}.jsonl"
        self.train(self.claim.arms[arm], run, seed)
        held = read_rows(rows) if rows.exists() else []
        for part in self.claim.measured:
            if self.rows_on(part, held):
                continue
            corpus, tasks = self.out / part.corpus, list(part.figures)
            evaluate(run, corpus, "test", tasks, rows, sources=part.sources, settings=part.settings)

    def train(self, training: Training, run: Path, seed: int) -> None:
        """Train a run to its end; one that was finished stays as it is."""
        if not (run / PAIRS).exists():
            train(self.recipe_of(training, seed), run, resume=True)
            (run / PAIRS).write_text(json.dumps(pairs_of(run)), encoding="utf-8")
            for name in _NOT_NEEDED_ONCE_FINISHED:
                remove(run / name)
        print(f"{run.name}: pairs seen {json.loads((run / PAIRS).read_text(encoding='utf-8'))}", flush=True)

    def recipe_of(self, training: Training, seed: int) -> TrainRecipe:
        """Return the recipe of a training, with all that is changed of it."""
        fields = {"seed": seed, **training.set}
        changed = [self.filled(f"{name}={json.dumps(value)}", seed) for name, value in fields.items()]
        return load_recipe(training.recipe, TrainRecipe, [*changed, *self.overrides])

    def filled(self, text: str, seed: int) -> str:
        """Return a text in which the folder of all claims and the seed stand in their places."""
        return text.replace("{out}", str(self.out)).replace("{seed}", str(seed))

    def rows_on(self, part: Measured, rows: Sequence[ResultRow]) -> list[ResultRow]:
        """Return the rows of the figures that a part asks for; none where one of its tasks was not run."""
        digest = json.loads((self.out / part.corpus / "corpus.json").read_text(encoding="utf-8"))["digest"]
        of_part = [row for row in rows if row.corpus_digest == digest and row.task in part.figures]
        is_complete = {row.task for row in of_part} == part.figures.keys()
        return [row for row in of_part if is_complete and row.metric in part.figures[row.task]]

    def seen(self, arm: str, seeds: Sequence[int]) -> Seen:
        """Return what is known of an arm: for each figure its runs, one a seed that is measured."""
        figures: Seen = {}
        for seed in seeds:
            rows, folder = self.folder / f"{arm}-{seed}.jsonl", self.folder / f"{arm}-{seed}"
            if not rows.exists():
                continue
            pairs = json.loads((folder / PAIRS).read_text(encoding="utf-8"))
            for part in self.claim.measured:
                for row in self.rows_on(part, read_rows(rows)):
                    key = part.corpus, row.source, row.task, row.metric
                    figures.setdefault(key, {})[seed] = Run(rows, row.outcome or "", sum(pairs.values()))
        return figures

    def lines(self) -> Iterator[str]:
        """Yield one line an outcome of what is measured so far, whichever way it went."""
        seeds = self.claim.seeds
        yield self.claim.title
        for contrast in self.claim.contrasts:
            others = {arm: self.seen(arm, seeds) for arm in contrast.arms}
            yield from outcome_lines(contrast.against, self.seen(contrast.against, seeds), others)


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("claim", type=Path)
    parser.add_argument(
        "--seed", type=int, action="append", default=[], help="this one alone; may be given several times"
    )
    parser.add_argument("--arm", action="append", default=[], help="the same for arms")
    parser.add_argument("--set", action="append", default=[], help="field of every training recipe, as FIELD=VALUE")
    given = parser.parse_args(arguments)
    try:
        try_claim(parser, given)
    except SarvlError as problem:
        sys.exit(f"error: {problem}")


def try_claim(parser: argparse.ArgumentParser, given: argparse.Namespace) -> None:
    trial = Trial(given.claim, OUT, given.set)
    for option, asked, known in (("arm", given.arm, trial.claim.arms), ("seed", given.seed, trial.claim.seeds)):
        if unknown := [each for each in asked if each not in known]:
            parser.error(f"--{option} {unknown[0]}: there are {', '.join(map(str, known))}")
    trial.run(given.seed or trial.claim.seeds, given.arm or list(trial.claim.arms))
    lines = list(trial.lines())
    (trial.folder / "outcomes.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()

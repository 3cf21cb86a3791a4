"""The outcomes of a claim: arms compared by item as `sarvl compare` does, all seeds of an arm together.

What is drawn again or exchanged is a scene with its answers of all seeds, so that an interval is about these trained
runs and other scenes. How much seeds differ stands beside it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sarvl.evaluation.outcomes import read_outcome
from sarvl.evaluation.task import TASKS
from sarvl.measures.holm import holm
from sarvl.measures.measure import Measure
from sarvl.measures.paired import PairedDifference, measured_difference

Key = tuple[str, str, str, str]
"""Corpus, source, task and metric of a figure."""


class Run(NamedTuple):
    """A measured run: the file of its rows, the hash of its outcome, and the pairs that it learnt from."""

    rows: Path
    outcome: str
    pairs: int


Seen = dict[Key, dict[int, Run]]
"""For each figure the measured runs by seed."""


class Difference(NamedTuple):
    """An arm less the one that it is held against: of all seeds together, and of each."""

    arm: str
    values: tuple[float, float]
    pairs: tuple[str, str]
    of_all: PairedDifference
    of_seeds: list[float]


def outcome_lines(against: str, first: Seen, others: Mapping[str, Seen]) -> Iterator[str]:
    """Yield one line for each figure and arm; p-values are corrected for the arms (Holm)."""
    for key, runs in first.items():
        made = [difference(arm, key, runs, seen.get(key, {})) for arm, seen in others.items()]
        known = [each for each in made if each]
        corrected = holm([np.nan if each.of_all.p_value is None else each.of_all.p_value for each in known])
        for each, p_value in zip(known, corrected, strict=True):
            yield line(against, key, each, float(p_value))


def difference(arm: str, key: Key, first: Mapping[int, Run], second: Mapping[int, Run]) -> Difference | None:
    """Compare two arms by the seeds that both have; None where there is none, or a figure is absent."""
    seeds = sorted(first.keys() & second.keys())
    sides = [[measure_of(runs[seed], *key[2:]) for seed in seeds] for runs in (first, second)]
    if not seeds or None in sides[0] + sides[1]:
        return None
    whole = [together([measure for measure in side if measure]) for side in sides]
    if (of_all := measured_difference(*whole)) is None:
        return None
    pairs = [
        ", ".join(f"{each:,}" for each in sorted({runs[seed].pairs for seed in seeds})) for runs in (first, second)
    ]
    of_seeds = [two.value - one.value for one, two in zip(*sides, strict=True) if one and two]
    return Difference(arm, (whole[0].value, whole[1].value), (pairs[0], pairs[1]), of_all, of_seeds)


def measure_of(run: Run, task: str, metric: str) -> Measure | None:
    """Return a figure of a run, made anew of what it answered."""
    measures = TASKS.get(task).measures(read_outcome(run.rows, run.outcome))
    return next((measure for measure in measures if measure.metric == metric and np.isfinite(measure.value)), None)


def together(seeds: list[Measure]) -> Measure:
    """Return a figure of all seeds: sums over all answers, those of one scene in one group."""
    if len(seeds) == 1:
        return seeds[0]
    sums = [each.terms for each in seeds if each.terms is not None]
    if len(sums) < len(seeds):
        raise SystemExit(f"{seeds[0].metric}: no figure of sums, so that seeds cannot be put together; leave it out")
    terms = np.concatenate(sums)
    groups = np.concatenate(
        [
            np.arange(len(part)) if each.groups is None else np.asarray(each.groups)
            for each, part in zip(seeds, sums, strict=True)
        ]
    )
    return replace(seeds[0], value=float(seeds[0].statistic(terms.sum(axis=0))), terms=terms, groups=groups)


def line(against: str, key: Key, found: Difference, p_value: float) -> str:
    """Return what came out, such as `sar - optical: retrieval grouped_mean_recall on sar/all: -0.010 [...]`."""
    corpus, source, task, metric = key
    interval = "no interval"
    if found.of_all.low is not None and found.of_all.high is not None:
        interval = f"[{found.of_all.low:+.3f}, {found.of_all.high:+.3f}], p {p_value:.3f}"
    values = "{:.3f} - {:.3f}".format(*reversed(found.values))
    pairs = found.pairs[0] if found.pairs[0] == found.pairs[1] else f"{found.pairs[1]} against {found.pairs[0]}"
    seeds = " ".join(f"{each:+.3f}" for each in found.of_seeds)
    return (
        f"{found.arm} - {against}: {task} {metric} on {Path(corpus).name}/{source}: {found.of_all.difference:+.3f} "
        f"{interval}; {values}; seeds {seeds}; {found.of_all.clusters} scenes or images; pairs {pairs}"
    )


def pairs_of(run: Path) -> dict[str, int]:
    """Return the pairs that a finished run learnt from, by stage: its steps times the batch of each stage."""
    recipe = json.loads((run / "recipe.json").read_text(encoding="utf-8"))
    batch = {stage["name"]: stage["batch_size"] for stage in recipe["stages"]}
    pairs = dict.fromkeys(batch, 0)
    for text in (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines():
        told = json.loads(text)
        if told["kind"] == "step":
            pairs[told["stage"]] += batch[told["stage"]]
    return pairs

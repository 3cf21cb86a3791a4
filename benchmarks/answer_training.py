"""Training of answers: tokens a second, memory of a pair, and the share of the time that waits for data.

A sarvl-gpt with the tower of sarvl-mobile and a small decoder learns from simulated scenes. Several questions of an
image in one row are held against as many rows of one, in one run; times are of the wall, memory is what the backward
keeps, as ``sarvl train --dry-run`` estimates it.
"""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
import yaml

from sarvl.corpus import BuildRecipe, build
from sarvl.models.protocols import AnswerLearner
from sarvl.recipes import load_recipe
from sarvl.simulation import simulate_dataset
from sarvl.training import TrainRecipe
from sarvl.training.cost import step_cost
from sarvl.training.data.vocabulary import take_vocabulary
from sarvl.training.executors.one_process import OneProcess
from sarvl.training.objectives.answers import OBJECTIVE
from sarvl.training.run.log import NoLog
from sarvl.training.run.state import Position
from sarvl.training.stage import Run, StageRun
from sarvl.training.start import start_model

SCENES = 120


@dataclass(frozen=True)
class Speed:
    """Of some steps: seconds, tokens of prompts and answers, pairs, seconds of waiting; and bytes that a pair takes."""

    seconds: float
    tokens: int
    pairs: int
    waited: float
    bytes_a_pair: float

    def told(self) -> str:
        """Return them in words."""
        each = f"{self.tokens / self.seconds:,.0f} tokens/s, {self.pairs / self.seconds:.1f} pairs/s"
        return f"{each}, {self.bytes_a_pair / 1e6:.2f} MB a pair, {self.waited / self.seconds:.1%} waiting for data"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--pairs", type=int, default=8, help="of an image, in one row")
    arguments.add_argument("--images", type=int, default=8, help="of a step")
    arguments.add_argument("--steps", type=int, default=5)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    with TemporaryDirectory() as name:
        folder = Path(name)
        make_corpus(folder)
        packed = speed(folder, options.images, options.pairs, options.steps)
        print(f"{options.images} images of up to {options.pairs} pairs a step: {packed.told()}", flush=True)
        alone = speed(folder, options.images * options.pairs, 1, options.steps)
        print(f"{options.images * options.pairs} images of one pair a step: {alone.told()}")
        gain = (packed.pairs / packed.seconds) / (alone.pairs / alone.seconds)
        print(
            f"packed: {gain:.2f}x the pairs a second, {packed.bytes_a_pair / alone.bytes_a_pair:.2f}x the memory of one"
        )


def make_corpus(folder: Path) -> None:
    simulate_dataset(folder / "simulated", chips=SCENES, class_chips=0, size=128, seed=0, workers=1)
    source = {"name": "scenes", "format": "coco", "images": "simulated/images", "splits": {"train": 1.0}}
    source |= {"annotations": "simulated/annotations.json", "quantity": "display"}
    source |= {"labelled_classes": ["aircraft", "bridge", "harbor", "ship", "tank", "vehicle"]}
    (folder / "corpus.yaml").write_text(yaml.safe_dump({"sources": [source], "questions": {"preset": "balanced"}}))
    build(load_recipe(folder / "corpus.yaml", BuildRecipe), folder / "corpus", workers=1)


def speed(folder: Path, images: int, pairs: int, steps: int) -> Speed:
    """Return what some steps took, behind two that are not counted."""
    stage = {"name": "answers", "corpus": str(folder / "corpus"), "objective": "answers", "epochs": 100}
    stage |= {"batch_size": images, "learning_rate": 1e-3, "options": {"pairs_an_image": pairs}}
    model = {"architecture": "sarvl-mobile", "language": {"kind": "small"}}
    recipe = TrainRecipe.model_validate({"model": model, "stages": [stage]})
    learner, out = start_model(recipe), folder / f"run-{pairs}"
    out.mkdir()
    take_vocabulary(learner, recipe.stages, out)
    run = StageRun(Run(recipe, learner, out, NoLog(), OneProcess(), 1, 1000), Position.at_stage(0, 0, []))
    with run.batches:
        for _ in range(2):
            run._step()
        began, waited = time.monotonic(), run.batches.waited_seconds
        for _ in range(steps):
            run._step()
        seconds, waited = time.monotonic() - began, run.batches.waited_seconds - waited
    batches = [run.data.training_batch(step) for step in range(2, 2 + steps)]
    assert isinstance(learner, AnswerLearner)
    inputs = [OBJECTIVE.collate(learner, batch, run.stage.options) for batch in batches]
    cost = step_cost(learner, run.stage, run.loss, batches[0])
    of_first = sum(map(len, batches[0].texts_of_image))
    return Speed(
        seconds=seconds,
        tokens=sum(int((each["pair"] >= 0).sum()) for each in inputs),
        pairs=sum(len(own) for batch in batches for own in batch.texts_of_image),
        waited=waited,
        bytes_a_pair=cost.batch_bytes / of_first,
    )


if __name__ == "__main__":
    main()

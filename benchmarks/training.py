"""A training step: the share of its input, and the same model and batch trained as open_clip trains them.

Three ways take turns in one run, on copies of one model: our step with its input (pixel cache, tokens, augmentation),
our step on one batch that is ready, and open_clip's way on that batch, its pixels normalised beforehand (encode_text
over the full context, ClipLoss; mlfoundations/open_clip, open_clip_train/train.py, MIT). The images are random bytes
with the captions of class folders. All ways use float32, channels_last, the same AdamW, clipped gradients, the same
threads and the same allocator setting.

With ``--images`` it times the batches alone instead, as the stage draws them from a corpus of so many images with five
captions each; pixels (8 px) and tokens lie in memory.
"""

import argparse
import copy
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import torch
from open_clip.loss import ClipLoss

from sarvl.corpus import BuildRecipe, Corpus, build
from sarvl.imagery import PreparedImages
from sarvl.models import create_model
from sarvl.recipes import check_recipe
from sarvl.training import TrainRecipe
from sarvl.training.augmentation import Augmentation
from sarvl.training.batches import StageData
from sarvl.training.corpora import Corpora
from sarvl.training.executors.one_process import OneProcess
from sarvl.training.image_texts import ImageTexts
from sarvl.training.log import TrainingLog
from sarvl.training.memory import keep_freed_memory
from sarvl.training.objectives.infonce import MAX_LOGIT_SCALE
from sarvl.training.optimizer import make_optimizer
from sarvl.training.sampling import EpochOrder
from sarvl.training.stage import Run, StageRun
from sarvl.training.state import Position
from sarvl.training.tokens import TextTokens

CLASSES = ("aircraft", "bridge", "harbor", "ship", "tank", "vehicle")
AUGMENTATION = {"mirror": ["horizontal"], "shift": 0.08, "contrast": 0.2, "speckle": 0.2}
WARM_UP = 2


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--architecture", default="sarvl-tiny")
    arguments.add_argument("--batch", type=int, default=64)
    arguments.add_argument(
        "--steps", type=int, default=30, help=f"timed steps of each way, after {WARM_UP} untimed ones"
    )
    arguments.add_argument("--images", type=int, help="time the batches alone, over a corpus of so many images")
    options = arguments.parse_args()
    keep_freed_memory()
    if options.images:
        time_batches(options.images, options.batch, options.steps)
    else:
        time_steps(options)


def time_steps(options: argparse.Namespace) -> None:
    """Print the seconds of a step of each way."""
    with tempfile.TemporaryDirectory() as name:
        run = open_run(Path(name), options.architecture, options.batch, WARM_UP + options.steps)
        ways = {
            "with input": our_step(run),
            "ready batch": our_step_on_one_batch(run),
            "open_clip": open_clip_step(run),
        }
        seconds = time_in_turn(ways, options.steps)
        run.log.close()

    print(f"{options.architecture}, batch {options.batch}, {run.model.device}, {torch.get_num_threads()} threads")
    for way, found in seconds.items():
        print(
            f"{way:>12}: {1000 * found:.1f} ms a step (median of {options.steps}), {options.batch / found:.1f} pairs/s"
        )
    print(f"our step with its input takes {seconds['with input'] / seconds['ready batch']:.3f}x that on a ready batch")
    print(f"our step on the ready batch is {seconds['open_clip'] / seconds['ready batch']:.2f}x as fast as open_clip's")


def time_batches(images: int, batch: int, steps: int) -> None:
    """Print the seconds of the first batch of an epoch, and the median of those after it."""
    data = large_data(images, batch)
    seconds = []
    for step in range(1 + steps):
        start = time.perf_counter()
        data.training_batch(step)
        seconds.append(time.perf_counter() - start)
    print(f"{images} images, {len(data.texts.texts)} captions, batch {batch}")
    print(f"  first batch: {1000 * seconds[0]:.1f} ms")
    print(f"  each of the next {steps}: {1000 * statistics.median(seconds[1:]):.2f} ms (median)")


def large_data(images: int, batch: int, captions: int = 5, distinct: int = 50_000, context: int = 77) -> StageData:
    """Return the data of a stage as it is once opened, over random tokens."""
    rng = np.random.default_rng(0)
    number = np.arange(images * captions)
    texts = pa.table(
        {
            "text": pa.array([f"A SAR image of {index % distinct} ships." for index in number.tolist()]),
            "claims": pa.array(["[]"]).take(pa.array(np.zeros(len(number), np.int64))),
            "family": pa.array(["general"]).take(pa.array(np.zeros(len(number), np.int64))),
        }
    )
    tokens = TextTokens(rng.integers(1, 49408, (distinct, context), np.int32), number % distinct)
    pixels = PreparedImages(
        np.broadcast_to(np.zeros((1, 1, 8, 8), np.uint8), (images, 1, 8, 8)),
        np.broadcast_to(np.array([[0, 0, 8, 8]], np.int32), (images, 4)),
        np.broadcast_to(np.ones((1, 2), np.int32), (images, 2)),
        np.arange(images + 1),
    )
    corpus = Corpus(Path(), {}, pa.table({}), texts)
    own = ImageTexts.of(number, number // captions)
    return StageData(Corpora((corpus,)), pixels, (), own, tokens, EpochOrder.evenly(images, 0), batch, 0)


def open_run(folder: Path, architecture: str, batch: int, steps: int) -> Run:
    """Build a corpus of four batches, and open a run of at least ``steps`` steps over it."""
    model = create_model(architecture)
    side, rng = model.contract.frame.side, np.random.default_rng(0)
    for index in range(4 * batch):
        path = folder / "chips" / CLASSES[index % len(CLASSES)] / f"{index:05d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), rng.integers(0, 256, (side, side), np.uint8))
    source = {"name": "chips", "format": "folders", "images": "chips", "quantity": "display", "split": "train"}
    build(check_recipe({"sources": [source]}, BuildRecipe, folder / "corpus.yaml"), folder / "corpus")
    stage = {"name": "timed", "corpus": "corpus", "epochs": -(-steps // 4), "batch_size": batch, "learning_rate": 1e-4}
    recipe = {"model": {"architecture": architecture}, "stages": [stage | {"augmentation": AUGMENTATION}]}
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.network.to(device, memory_format=torch.channels_last)
    checked = check_recipe(recipe, TrainRecipe, folder / "train.yaml")
    return Run(checked, model, folder / "run", TrainingLog(folder / "run", 0), OneProcess(), workers=1)


def our_stage(run: Run) -> StageRun:
    return StageRun(replace(run, model=copy.deepcopy(run.model)), Position.at_stage(0, 0, ()))


def our_step(run: Run) -> Callable[[], object]:
    return our_stage(run)._step


def our_step_on_one_batch(run: Run) -> Callable[[], object]:
    stage = our_stage(run)
    batch = stage.data.training_batch(0)
    stage.data = SimpleNamespace(training_batch=lambda _: batch)
    stage.stage = stage.stage.model_copy(update={"augmentation": Augmentation()})
    return stage._step


def open_clip_step(run: Run) -> Callable[[], object]:
    stage = our_stage(run)
    model, network = stage.model, stage.model.network
    batch = stage.data.training_batch(0)
    images, texts = model.normalise(batch.pixels.to(model.device)), batch.tokens.to(model.device)
    optimizer, loss_of = make_optimizer(network, stage.stage), ClipLoss()
    network.train()

    def step() -> float:
        optimizer.zero_grad()
        loss = loss_of(*network(images, texts))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), stage.stage.clip_gradient)
        optimizer.step()
        with torch.no_grad():
            network.logit_scale.clamp_(0, MAX_LOGIT_SCALE)
        return loss.item()

    return step


def time_in_turn(ways: dict[str, Callable[[], Any]], steps: int) -> dict[str, float]:
    """Return the median seconds of a step of each way; the ways take turns, so that a slow spell hits all of them."""
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(WARM_UP + steps):
        for way, step in ways.items():
            start = time.perf_counter()
            step()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            seconds[way].append(time.perf_counter() - start)
    return {way: statistics.median(found[WARM_UP:]) for way, found in seconds.items()}


if __name__ == "__main__":
    main()

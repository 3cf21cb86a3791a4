r"""A training step beside open_clip's own trainer, the share of time that it waits for data, and the memory of a pair.

Three ways take turns in one run, some steps at a time, on copies of one model: our step with its input (pixel cache,
tokens, augmentation, made one step ahead), our step on one batch that is ready, and ``train_one_epoch`` of
open_clip_train on that batch, its pixels normalised beforehand (mlfoundations/open_clip, open_clip_train/train.py, MIT;
it is part of the wheel of open_clip_torch). The images are random bytes with the captions of class folders. All ways
use the precision of ``--precision``, channels_last, the same AdamW, clipped gradients, the same threads and the same
allocator setting.

Memory is that of what the forward pass of our step keeps for the backward pass, by autograd's own count; on a GPU also
the peak of a step. FLOPs are those that ``sarvl train --dry-run`` tells, and the share of the peak is that of a GPU in
the table below, or of ``--peak-tflops``. On an accelerator:

    python benchmarks/training.py --device cuda --precision bfloat16 --batch 512 \
        --architecture ViT-B-32 ViT-B-16 ViT-L-14

With ``--images`` it times the batches alone instead, as the stage draws them from a corpus of so many images with five
captions each; pixels (8 px) and tokens lie in memory.
"""

import argparse
import copy
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import torch
from open_clip.loss import ClipLoss
from open_clip_train.train import train_one_epoch

from sarvl.corpus import BuildRecipe, Corpus, build
from sarvl.imagery import PreparedImages
from sarvl.models import create_model
from sarvl.recipes import check_recipe
from sarvl.training import TrainRecipe
from sarvl.training.cost import step_cost
from sarvl.training.data.ahead import BatchesAhead
from sarvl.training.data.batches import StageData
from sarvl.training.data.corpora import Corpora
from sarvl.training.data.image_texts import ImageTexts
from sarvl.training.data.sampling import EpochOrder
from sarvl.training.data.tokens import TextTokens
from sarvl.training.executors.one_process import OneProcess
from sarvl.training.run.log import TrainingLog
from sarvl.training.run.state import Position
from sarvl.training.stage import Run, StageRun
from sarvl.training.weights.freezing import train_mode
from sarvl.training.weights.memory import keep_freed_memory, place_network
from sarvl.training.weights.optimizer import make_optimizer

CLASSES = ("aircraft", "bridge", "harbor", "ship", "tank", "vehicle")
AUGMENTATION = {"mirror": ["horizontal"], "shift": 0.08, "contrast": 0.2, "speckle": 0.2}
WARM_UP = 2
BFLOAT16_PEAKS = {  # TFLOP/s without sparsity, by what a device's name has; from NVIDIA's data sheets
    "B200": 2250.0,
    "H200": 989.0,
    "H100 NVL": 835.0,
    "H100 PCIe": 756.0,
    "H100": 989.0,
    "A100": 312.0,
    "L40S": 362.0,
    "L4": 121.0,
    "A10": 125.0,
}


def main(given: Sequence[str] | None = None) -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument(
        "--architecture",
        nargs="+",
        default=["sarvl-tiny"],
        help="ours, or CLIPs of open_clip by name, such as ViT-B-32",
    )
    arguments.add_argument("--device", choices=("cpu", "cuda"), default="cuda" if torch.cuda.is_available() else "cpu")
    arguments.add_argument("--batch", type=int, default=64)
    arguments.add_argument(
        "--steps", type=int, default=30, help=f"timed steps of each way, after {WARM_UP} untimed ones"
    )
    arguments.add_argument("--block", type=int, default=5, help="steps of a way before the next one's turn")
    arguments.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    arguments.add_argument("--peak-tflops", type=float, help="of the device in this precision, to tell the share of it")
    arguments.add_argument("--images", type=int, help="time the batches alone, over a corpus of so many images")
    options = arguments.parse_args(given)
    if options.device == "cuda" and not torch.cuda.is_available():
        arguments.error("--device cuda: PyTorch finds no GPU here")
    keep_freed_memory()
    if options.images:
        time_batches(options.images, options.batch, options.steps)
        return
    for architecture in options.architecture:
        time_steps(architecture, options)


def time_steps(architecture: str, options: argparse.Namespace) -> None:
    """Print the seconds of a step of each way, the share of waiting and the memory of a pair."""
    with tempfile.TemporaryDirectory() as name:
        run = open_run(Path(name), architecture, options)
        stage = our_stage(run)
        ways = {
            "with input": stage._step,
            "ready batch": our_step_on_one_batch(run),
            "open_clip_train": open_clip_step(run, options.precision),
        }
        seconds, waited = time_in_turn(ways, stage.batches, options.steps, options.block)
        kept, flops = kept_bytes(run), flops_of_step(run)
        run.log.close()

    threads = f"{run.model.device}, {torch.get_num_threads()} threads, {options.precision}"
    print(f"{architecture}, batch {options.batch}, {threads}")
    for way, each in seconds.items():
        print(f"{way:>16}: {1000 * each:.1f} ms a step (median of {options.steps}), {options.batch / each:.1f} pairs/s")
    print(f"our step with its input takes {seconds['with input'] / seconds['ready batch']:.3f}x that on a ready batch")
    ratio = seconds["open_clip_train"] / seconds["ready batch"]
    print(f"our step on the ready batch is {ratio:.2f}x as fast as that of open_clip_train")
    print(f"our step with its input waits for data {100 * waited:.2f} % of its time")
    print(f"a pair keeps {kept / options.batch / 2**20:.2f} MiB for the backward pass")
    if options.device == "cuda":
        print(f"peak of memory, with all three ways at once: {torch.cuda.max_memory_allocated() / 2**30:.2f} GiB")
        torch.cuda.reset_peak_memory_stats()
    speed = flops / seconds["with input"] / 1e12
    print(f"a step has {flops / 1e9:.4g} GFLOP: {speed:.4g} TFLOP/s with its input")
    peak = options.peak_tflops or peak_of_device(options)
    print(
        f"share of the peak of {peak:g} TFLOP/s: {100 * speed / peak:.1f} %" if peak else "peak unknown: --peak-tflops"
    )


def peak_of_device(options: argparse.Namespace) -> float | None:
    """Return the TFLOP/s of the GPU, where the table has it in the precision that is asked for."""
    if options.device == "cpu" or options.precision != "bfloat16":
        return None
    name = torch.cuda.get_device_name()
    return next((peak for known, peak in BFLOAT16_PEAKS.items() if known in name), None)


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


def open_run(folder: Path, architecture: str, options: argparse.Namespace) -> Run:
    """Build a corpus of four batches, and open a run of enough steps over it."""
    batch = options.batch
    turns = -(-options.steps // options.block)
    steps = WARM_UP + turns * (options.block + 1)
    model = create_model(architecture)
    side, rng = model.contract.frame.side, np.random.default_rng(0)
    for index in range(4 * batch):
        path = folder / "chips" / CLASSES[index % len(CLASSES)] / f"{index:05d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), rng.integers(0, 256, (side, side), np.uint8))
    source = {"name": "chips", "format": "folders", "images": "chips", "quantity": "display", "split": "train"}
    build(check_recipe({"sources": [source]}, BuildRecipe, folder / "corpus.yaml"), folder / "corpus")
    stage = {"name": "timed", "corpus": "corpus", "epochs": -(-steps // 4), "batch_size": batch, "learning_rate": 1e-4}
    stage["precision"] = options.precision
    recipe = {"model": {"architecture": architecture}, "stages": [stage | {"augmentation": AUGMENTATION}]}
    executor = OneProcess()
    executor.device = torch.device(options.device)
    place_network(model.network, executor.device)
    checked, out = check_recipe(recipe, TrainRecipe, folder / "train.yaml"), folder / "run"
    return Run(checked, model, out, TrainingLog(out, 0), executor, workers=None, log_every=50, began_from=architecture)


def our_stage(run: Run) -> StageRun:
    return StageRun(replace(run, model=copy.deepcopy(run.model)), Position.at_stage(0, 0, ()))


def our_step_on_one_batch(run: Run) -> Callable[[], object]:
    stage = our_stage(run)
    batch = stage.data.training_batch(0)
    stage.batches = SimpleNamespace(of=lambda _: replace(batch, pixels=batch.pixels.to(run.model.device)))
    return stage._step


def open_clip_step(run: Run, precision: str) -> Callable[[], object]:
    """Return a step of open_clip's trainer: an epoch of one batch."""
    stage = our_stage(run)
    model, network = stage.model, stage.model.network
    network.output_dict = True
    batch = stage.data.training_batch(0)
    ready = model.normalise(batch.pixels.to(model.device)), batch.tokens.to(model.device)
    data = {"train": SimpleNamespace(set_epoch=lambda _: None, dataloader=OneBatch(ready))}
    arguments = SimpleNamespace(
        device=str(model.device),
        precision={"float32": "fp32", "bfloat16": "amp_bf16"}[precision],
        distill=False,
        accum_freq=1,
        skip_scheduler=True,
        horovod=False,
        grad_clip_norm=stage.stage.clip_gradient,
        rank=0,
        local_rank=0,
        log_local=False,
        log_every_n_steps=1,
        batch_size=len(batch.texts),
        world_size=1,
        wandb=False,
    )
    optimizer, loss_of = make_optimizer(network, stage.stage), ClipLoss()
    return partial(train_one_epoch, network, data, loss_of, 0, optimizer, None, None, None, arguments)


class OneBatch(list[tuple[torch.Tensor, torch.Tensor]]):
    """A data loader of one batch, as open_clip's trainer asks for it."""

    def __init__(self, batch: tuple[torch.Tensor, torch.Tensor]) -> None:
        super().__init__([batch])
        self.num_batches, self.num_samples = 1, len(batch[1])


def kept_bytes(run: Run) -> int:
    """Return the bytes that the forward pass of a step keeps for the backward pass, beside the weights."""
    stage = our_stage(run)
    weights = {parameter.untyped_storage().data_ptr() for parameter in stage.model.network.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        _loss = stage.loss.of(stage.data.training_batch(0))
    return sum(kept.values())


def flops_of_step(run: Run) -> float:
    """Return the FLOPs of a step, forward and backward, as a dry run counts them."""
    stage = our_stage(run)
    train_mode(stage.learner)
    return step_cost(stage.model, stage.stage, stage.loss, stage.data.training_batch(0)).step_flops


def time_in_turn(
    ways: dict[str, Callable[[], Any]], batches: BatchesAhead, steps: int, block: int
) -> tuple[dict[str, float], float]:
    """Return the median seconds of a step of each way, and the share of the first way's time that it waited for data.

    The ways take turns, so that a slow spell hits all of them, and each does ``block`` steps at a turn, so that what is
    made ahead is made beside its own steps. The first step of a turn finds its batch made, and does not count.
    """
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    waited = 0.0
    for step in [step for way in ways.values() for step in [way] * WARM_UP]:
        step()
    first = next(iter(ways))
    while len(seconds[first]) < steps:
        for way, step in ways.items():
            step()
            before = batches.waited_seconds
            for _ in range(block):
                start = time.perf_counter()
                step()
                if torch.cuda.is_available():
                    torch.cuda.synchronize()
                seconds[way].append(time.perf_counter() - start)
            waited += batches.waited_seconds - before
    return {way: statistics.median(each) for way, each in seconds.items()}, waited / sum(seconds[first])


if __name__ == "__main__":
    main()

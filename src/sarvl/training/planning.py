"""A dry run: what a recipe would do, what a step costs, and what the model sees, without a step."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from sarvl.errors import ModelError, unwritable
from sarvl.files import FilePath, atomic_path
from sarvl.imagery import Patches, Prepared, PreparedImages
from sarvl.imagery.frames import Frame
from sarvl.imagery.prepared import Bytes
from sarvl.models.adapting.lora import merge
from sarvl.models.protocols import Trainable
from sarvl.recipes import recipe_of
from sarvl.seeds import torch_seed
from sarvl.training.checks import check_installed, check_stages
from sarvl.training.cost import StepCost, step_cost
from sarvl.training.data.batches import StageData
from sarvl.training.data.vocabulary import take_vocabulary
from sarvl.training.executors.one_process import OneProcess
from sarvl.training.objective import Batch
from sarvl.training.preparation import prepare_network
from sarvl.training.ranges import settled_contract
from sarvl.training.recipe import Stage, TrainRecipe
from sarvl.training.stage_loss import StageLoss
from sarvl.training.start import start_model
from sarvl.training.weights.freezing import train_mode
from sarvl.training.weights.memory import place_network

_BINS = 16
_MOST_SHOWN = 64  # tiles in a picture
_GAP = 2  # pixels


@dataclass(frozen=True)
class StagePlan:
    """What a stage would do.

    images, texts: that it learns from. steps: over all epochs. parts: what an image is cut into, of ``tile`` pixels.
    tiles_an_image: their mean over the first batch.
    histogram: by band, the shares of a batch's bytes in 16 equal parts from 0 to 255. picture: of its first tiles.
    """

    stage: str
    images: int
    texts: int
    steps: int
    batch_size: int
    parts: Literal["tiles", "patches"]
    tile: int
    tiles_an_image: float
    cost: StepCost
    histogram: dict[str, tuple[float, ...]]
    picture: Path

    def lines(self) -> list[str]:
        """Return the plan in words."""
        cost = self.cost
        a_step = f"{_told(cost.step_flops, 'FLOPs')} a step, forward and backward"
        image = "" if cost.image_flops is None else f"{_told(cost.image_flops, 'FLOPs')} an image, forward; "
        memory = f"{_told(cost.state_bytes, 'B')} weights and optimizer, {_told(cost.batch_bytes, 'B')} a batch"
        return [
            f"stage {self.stage}: {self.images:,} images with {self.texts:,} texts",
            f"  {self.steps:,} steps of {self.batch_size} pairs: {self.steps * self.batch_size:,} pairs",
            f"  {self.tiles_an_image:.2f} {self.parts} of {self.tile} pixels an image",
            f"  {image}{a_step}",
            f"  memory, estimated: {_told(cost.state_bytes + cost.batch_bytes, 'B')} ({memory})",
            *(f"  bytes of {band}, % in 16ths from 0 to 255: {_percents(row)}" for band, row in self.histogram.items()),
            f"  picture: {self.picture}",
        ]


def dry_run(recipe: TrainRecipe | FilePath, pictures: FilePath, workers: int | None = None) -> list[StagePlan]:
    """Return what each stage of a recipe would do, measured on the first batch.

    Pixels and tokens are made beside the corpora, as training needs them. pictures: where the picture of each stage
    goes, without its end ``-STAGE.png``. Raises what ``train`` raises before its first step.
    """
    recipe = recipe_of(recipe, TrainRecipe)
    check_installed(recipe)
    model = start_model(recipe)
    check_stages(recipe, model, OneProcess())
    with TemporaryDirectory() as folder:
        model.contract = settled_contract(recipe, model, Path(folder), workers)
        take_vocabulary(model, recipe.stages, Path(folder))
    return [_plan(recipe, number, model, pictures, workers) for number in range(len(recipe.stages))]


def _plan(recipe: TrainRecipe, number: int, model: Trainable, pictures: FilePath, workers: int | None) -> StagePlan:
    stage = recipe.stages[number]
    data = StageData.open(stage, stage.split, model, torch_seed(recipe.seed, number), workers)
    batch = data.training_batch(0)
    picture = Path(f"{os.fspath(pictures)}-{stage.name}.png")
    write_picture(parts_shown(batch.images, model.contract.frame), picture)
    return StagePlan(
        stage=stage.name,
        images=len(data.rows),
        texts=len(data.texts.texts),
        steps=stage.epochs * data.steps_per_epoch,
        batch_size=data.batch_size,
        parts="patches" if isinstance(model.contract.frame, Patches) else "tiles",
        tile=model.contract.frame.side,
        tiles_an_image=len(batch.pixels) / len(batch.texts),
        cost=_cost(stage, model, batch, data.seed),
        histogram=byte_shares(batch.images.tiles, [band.name for band in model.contract.bands]),
        picture=picture,
    )


def _cost(stage: Stage, model: Trainable, batch: Batch, seed: int) -> StepCost:
    executor, network = OneProcess(), model.network
    place_network(network, executor.device)
    prepare_network(network, stage, seed)
    train_mode(network)
    cost = step_cost(model, stage, StageLoss(stage, model, executor), batch)
    if stage.lora:
        merge(network)
    return cost


def byte_shares(tiles: NDArray[np.uint8], bands: list[str]) -> dict[str, tuple[float, ...]]:
    """Return the share of bytes (T, C, S, S) in each 16th from 0 to 255, by band; one name where all are one plane."""
    names = bands if tiles.shape[1] == len(bands) else [", ".join(bands)]
    counts = [np.bincount(tiles[:, band].ravel() // (256 // _BINS), minlength=_BINS) for band in range(len(names))]
    return {name: tuple((row / row.sum()).tolist()) for name, row in zip(names, counts, strict=True)}


def parts_shown(images: PreparedImages, frame: Frame) -> list[Bytes]:
    """Return the tiles (C, S, S) of images; of patches, which are small, the whole images (C, H, W)."""
    if not isinstance(frame, Patches):
        return list(images.tiles)
    return [_whole(images[number]) for number in range(len(images))]


def _whole(image: Prepared) -> Bytes:
    planes, side = image.tiles.shape[1:3]
    rows, columns = image.grid
    parts = image.tiles.reshape(rows, columns, planes, side, side).transpose(2, 0, 3, 1, 4)
    whole: Bytes = parts.reshape(planes, rows * side, columns * side)
    return whole


def write_picture(parts: Sequence[Bytes], path: Path) -> None:
    """Write the first 64 of some parts (C, H, W) as a picture: three planes as red, green, blue; of two, blue is 0.

    Raises ModelError where it cannot be written.
    """
    shown = [part.transpose(1, 2, 0) for part in parts[:_MOST_SHOWN]]
    down, across = (max(part.shape[axis] for part in shown) + _GAP for axis in (0, 1))
    columns = int(np.ceil(np.sqrt(len(shown))))
    rows, planes = -(-len(shown) // columns), shown[0].shape[2]
    sheet = np.full((rows * down, columns * across, planes), 255, np.uint8)
    for place, part in enumerate(shown):
        y, x = place // columns * down, place % columns * across
        sheet[y : y + part.shape[0], x : x + part.shape[1]] = part
    if planes > 1:
        sheet = np.pad(sheet, ((0, 0), (0, 0), (0, 3 - planes)))[..., ::-1]  # OpenCV has blue first
    try:
        with atomic_path(path) as temporary:
            temporary.write_bytes(cv2.imencode(".png", sheet)[1].tobytes())
    except OSError as problem:
        raise ModelError(unwritable(path, problem, "the picture goes beside the recipe: copy that")) from problem


def _percents(shares: tuple[float, ...]) -> str:
    return " ".join(f"{100 * share:.0f}" for share in shares)


def _told(amount: float, unit: str) -> str:
    for prefix in ("", "k", "M", "G", "T"):
        if amount < 1000:
            return f"{amount:.3g} {prefix}{unit}"
        amount /= 1000
    return f"{amount:.3g} P{unit}"

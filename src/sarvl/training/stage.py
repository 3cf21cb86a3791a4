"""One stage of a run: steps, epochs and what is kept of them."""

import math
import time
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from sarvl.errors import ModelError, Stopped
from sarvl.files import replaced_folder
from sarvl.models import save_model
from sarvl.models.history import StageEntry
from sarvl.models.protocols import Trainable
from sarvl.progress import detail, note, progress
from sarvl.seeds import torch_seed
from sarvl.training.augment import augment
from sarvl.training.batches import StageData
from sarvl.training.executor import Executor
from sarvl.training.hooks import epoch_hooks, merit, merit_told
from sarvl.training.log import TrainingLog
from sarvl.training.metrics import EpochMetrics, StepMetrics
from sarvl.training.objective import Batch
from sarvl.training.optimizer import apply_freeze, cosine_rate, make_optimizer, set_rate, train_mode
from sarvl.training.recipe import TrainRecipe
from sarvl.training.stage_loss import StageLoss
from sarvl.training.state import STATE, Position, load_optimizer, no_place, save_state


def save_whole(model: Trainable, folder: Path, metrics: dict[str, float], licence: str) -> None:
    """Write a checkpoint as ``save_model`` does, its files at once: a kill leaves the earlier one whole."""
    with replaced_folder(folder, ModelError) as work:
        save_model(model, work, metrics, licence)


@dataclass(frozen=True)
class Run:
    """What all stages of a run share."""

    recipe: TrainRecipe
    model: Trainable
    out: Path
    log: TrainingLog
    executor: Executor
    workers: int | None
    log_every: int


class StageRun:
    """One stage of a run: its data, its loss, its optimizer, the steps, and the hooks at the end of each epoch."""

    def __init__(self, run: Run, position: Position) -> None:
        """Open the corpus of the stage that ``position`` is in, freeze what it freezes, and make its optimizer."""
        self.run, self.position = run, position
        self.model = run.model
        self.stage = run.recipe.stages[position.stage]
        self.seed = torch_seed(run.recipe.seed, position.stage)
        self.data = self._open(self.stage.split)
        self.total_steps = self.stage.epochs * self.data.steps_per_epoch
        apply_freeze(self.model.network, self.stage.freeze)
        self.optimizer = make_optimizer(self.model.network, self.stage)
        self.loss = StageLoss(self.stage, self.model, run.executor)
        held_out = self._open(self.stage.validation) if self.stage.validation else None
        epochs = f"{self.stage.epochs} epoch{'s' if self.stage.epochs > 1 else ''}"
        pairs = f"{epochs}, {self.total_steps} steps of {self.data.batch_size} pairs"
        note(f"stage {self.stage.name}: {len(self.data.rows)} images, {pairs}; {merit_told(self.model, held_out)}")
        self.hooks = epoch_hooks(self.model, self.loss, self.data, held_out, self.stage.freeze)

    def _open(self, split: str) -> StageData:
        return StageData.open(self.stage, split, self.model, self.seed, self.run.workers)

    def finish(self, stop: list[int]) -> Position:
        """Run to the stage's end; returns the position at the start of the next stage.

        Raises ModelError where the position is behind it.
        """
        if self.position.step > self.total_steps:
            raise no_place(self.run.out / STATE, self.position)
        if self.position.step:
            load_optimizer(self.run.out / STATE, self.optimizer)
        began = time.monotonic()
        first = self.position.step
        label = f"train {self.stage.name}"
        with progress(label, self.total_steps, "steps", first, line_every=self.run.log_every) as advance:
            while self.position.step < self.total_steps:
                loss, rate = self._step()
                pairs = (self.position.step - first) * self.data.batch_size / (time.monotonic() - began)
                advance(1, {"loss": loss, "rate": rate, "pairs/s": pairs})
                if self.position.step % self.data.steps_per_epoch == 0:
                    figures = self._end_epoch(loss)
                    epoch = f"epoch {self.position.step // self.data.steps_per_epoch} of {self.stage.epochs}"
                    advance.milestone(epoch, {"loss": loss, "rate": rate} | figures | {"pairs/s": pairs})
                if stop or self.position.step % self.run.recipe.save_every == 0:
                    self._save()
                if stop:
                    raise Stopped(f"stopped at step {self.position.global_step}; continue with --resume")
        return self._end_stage()

    def _step(self) -> tuple[float, float]:
        """Do a step; returns its loss and its learning rate."""
        step = self.position.step
        torch.manual_seed(torch_seed(self.seed, step))  # what the network itself may draw, such as dropout
        rate = cosine_rate(self.stage.learning_rate, step, self.stage.warmup_steps, self.total_steps)
        set_rate(self.optimizer, rate)
        train_mode(self.model.network, self.stage.freeze)
        loss, parts = self.loss.of(self._augmented(self.data.training_batch(step), step))
        value = self._finite(float(loss.detach()))
        self.optimizer.zero_grad(set_to_none=True)
        self.run.executor.backward(loss, self.model.network, self.stage.clip_gradient)
        self.optimizer.step()
        self.loss.after_step()
        self._log_step(value, rate, parts)
        self.position = self.position.after_step()
        return value, rate

    def _log_step(self, loss: float, rate: float, parts: dict[str, Tensor]) -> None:
        told = {name: float(part.detach()) for name, part in parts.items()} if len(parts) > 1 else {}
        number = self.position.global_step
        metrics = StepMetrics(kind="step", stage=self.stage.name, global_step=number, loss=loss, rate=rate, parts=told)
        self.run.log.write(metrics)

    def _augmented(self, batch: Batch, step: int) -> Batch:
        settings = self.stage.augmentation
        movable = self.data.movable(batch.texts) if settings.moves else torch.zeros(len(batch.texts), dtype=torch.bool)
        generator = torch.Generator().manual_seed(torch_seed(self.seed, step))
        pixels = batch.pixels.to(self.run.executor.device)
        return replace(batch, pixels=augment(pixels, movable, settings, generator, batch.tiles_of_image))

    def _end_epoch(self, loss: float) -> dict[str, float]:
        """Run the hooks and write the checkpoints; returns what the hooks found."""
        values: dict[str, float] = {}
        for hook in self.hooks:
            values |= {name: self._finite(value) for name, value in hook().items()}
        if values:
            last = self.position.global_step - 1
            self.run.log.write(EpochMetrics(kind="epoch", stage=self.stage.name, global_step=last, figures=values))
        reached, best = merit(values), self.position.best
        figures = {"training_loss": loss} | values
        if not reached or best is None or reached > best:
            self.position = self.position.with_best(reached)
            self._save_model("best", figures)
        self._save_model("last", figures)
        return values

    def _finite(self, loss: float) -> float:
        if not math.isfinite(loss):
            step = self.position.step
            raise ModelError(f"stage {self.stage.name}: the loss is {loss} at step {step}; lower learning_rate")
        return loss

    def _end_stage(self) -> Position:
        self._save_model(f"stages/{self.stage.name}", {})
        position = self.position
        self.position = Position.at_stage(position.stage + 1, position.global_step, self.model.history)
        self._save()
        return self.position

    def _save(self) -> None:
        state = self.run.out / STATE
        self.run.executor.save(lambda: save_state(state, self.model.network, self.optimizer, self.position))
        detail(f"state kept at step {self.position.global_step}: {state}")

    def _save_model(self, name: str, metrics: dict[str, float]) -> None:
        """Write a checkpoint, after bringing the model's history up to the stage as far as it is carried out."""
        self.model.history = [*self.position.history, self._entry()]
        licence = self.run.recipe.model.licence
        self.run.executor.save(lambda: save_whole(self.model, self.run.out / name, metrics, licence))
        detail(f"checkpoint at step {self.position.global_step}: {self.run.out / name}")

    def _entry(self) -> StageEntry:
        return StageEntry(
            stage=self.stage.name,
            corpus_digest=self.data.corpus.digest,
            split=self.stage.split,
            images=len(self.data.rows),
            steps=self.position.step,
            epochs=self.position.step / self.data.steps_per_epoch,
            batch_size=self.data.batch_size,
            learning_rate=self.stage.learning_rate,
            seed=self.run.recipe.seed,
        )

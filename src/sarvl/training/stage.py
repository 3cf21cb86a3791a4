"""One stage of a run: steps, epochs and what is kept of them."""

import math
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch

from sarvl.errors import ModelError, Stopped
from sarvl.models import Clip, save_model
from sarvl.progress import progress
from sarvl.seeds import torch_seed
from sarvl.training.augment import augment
from sarvl.training.batches import StageData
from sarvl.training.executor import Executor
from sarvl.training.hooks import VALIDATION_LOSS, Hook, measure_batch_norm, validate
from sarvl.training.log import TrainingLog
from sarvl.training.objective import Batch
from sarvl.training.optimizer import apply_freeze, cosine_rate, make_optimizer, set_rate, train_mode
from sarvl.training.recipe import TrainRecipe
from sarvl.training.stage_loss import StageLoss
from sarvl.training.state import STATE, Position, load_optimizer, save_state


@dataclass(frozen=True)
class Run:
    """What all stages of a run share."""

    recipe: TrainRecipe
    model: Clip
    out: Path
    log: TrainingLog
    executor: Executor
    workers: int | None


class StageRun:
    """One stage of a run: its data, its loss, its optimizer, the steps, and the hooks at the end of each epoch."""

    def __init__(self, run: Run, index: int) -> None:
        """Open the stage's corpus and its caches, freeze what it freezes, and make its optimizer."""
        self.run, self.index = run, index
        self.model = run.model
        self.stage = run.recipe.stages[index]
        self.seed = torch_seed(run.recipe.seed, index)
        self.data = self._open(self.stage.split)
        self.total_steps = self.stage.epochs * self.data.steps_per_epoch
        apply_freeze(self.model.network, self.stage.freeze)
        self.optimizer = make_optimizer(self.model.network, self.stage)
        self.loss = StageLoss(self.stage, self.model, run.executor)
        self.hooks = self._hooks()

    def _open(self, split: str) -> StageData:
        return StageData.open(self.stage, split, self.model, self.seed, self.run.workers)

    def _hooks(self) -> list[Hook]:
        """Return what is done at the end of each epoch, in this order: the validation is of the weights as kept."""
        hooks: list[Hook] = []
        if "image" not in self.stage.freeze:
            hooks.append(partial(measure_batch_norm, self.model, self.data))
        if self.stage.validation:
            hooks.append(partial(validate, self.model, self.loss, self._open(self.stage.validation)))
        return hooks

    def finish(self, position: Position, stop: list[int]) -> Position:
        """Run from ``position`` to the stage's end; returns the position at the start of the next stage."""
        if position.step:
            load_optimizer(self.run.out / STATE, self.optimizer)
        began = time.monotonic()
        first = position.step
        with progress(f"train {self.stage.name}", self.total_steps, first) as advance:
            while position.step < self.total_steps:
                loss = self._step(position)
                position.step += 1
                position.global_step += 1
                if position.step % self.data.steps_per_epoch == 0:
                    self._end_epoch(position, loss)
                if stop or position.step % self.run.recipe.save_every == 0:
                    self._save(position)
                if stop:
                    raise Stopped(f"stopped at step {position.global_step}; continue with --resume")
                pairs = (position.step - first) * self.data.batch_size / (time.monotonic() - began)
                advance(1, f"loss {loss:.3f}  {pairs:.0f} pairs/s")
        return self._end_stage(position)

    def _step(self, position: Position) -> float:
        step = position.step
        torch.manual_seed(torch_seed(self.seed, step))  # what the network itself may draw, such as dropout
        rate = cosine_rate(self.stage.learning_rate, step, self.stage.warmup_steps, self.total_steps)
        set_rate(self.optimizer, rate)
        train_mode(self.model.network, self.stage.freeze)
        loss, parts = self.loss.of(self._augmented(self.data.training_batch(step), step))
        value = self._finite(float(loss.detach()), step)
        self.optimizer.zero_grad(set_to_none=True)
        self.run.executor.backward(loss, self.model.network, self.stage.clip_gradient)
        self.optimizer.step()
        self.loss.after_step()
        told = {f"loss/{name}": float(part.detach()) for name, part in parts.items()} if len(parts) > 1 else {}
        self.run.log.write(self.stage.name, position.global_step, loss=value, rate=rate, **told)
        return value

    def _augmented(self, batch: Batch, step: int) -> Batch:
        settings = self.stage.augmentation
        movable = self.data.movable(batch.texts) if settings.moves else torch.zeros(len(batch.texts), dtype=torch.bool)
        generator = torch.Generator().manual_seed(torch_seed(self.seed, step))
        pixels = batch.pixels.to(self.run.executor.device)
        return replace(batch, pixels=augment(pixels, movable, settings, generator))

    def _end_epoch(self, position: Position, loss: float) -> None:
        found: dict[str, float] = {}
        for hook in self.hooks:
            found |= {name: self._finite(value, position.step) for name, value in hook().items()}
        if found:
            self.run.log.write(self.stage.name, position.global_step - 1, **found)
        validation = found.get(VALIDATION_LOSS)
        figures = {"training_loss": loss} | found
        if validation is None or position.best_loss is None or validation < position.best_loss:
            position.best_loss = validation
            self._save_model(self.run.out / "best", position, figures)
        self._save_model(self.run.out / "last", position, figures)

    def _finite(self, loss: float, step: int) -> float:
        if not math.isfinite(loss):
            raise ModelError(f"stage {self.stage.name}: the loss is {loss} at step {step}; lower learning_rate")
        return loss

    def _end_stage(self, position: Position) -> Position:
        self._save_model(self.run.out / "stages" / self.stage.name, position, {})
        self.model.history.append(self._entry(position))
        following = Position(self.index + 1, 0, position.global_step, None, tuple(self.model.history))
        self._save(following)
        return following

    def _save(self, position: Position) -> None:
        state = self.run.out / STATE
        self.run.executor.save(lambda: save_state(state, self.model.network, self.optimizer, position))

    def _save_model(self, folder: Path, position: Position, metrics: dict[str, float]) -> None:
        kept = replace(self.model, history=[*self.model.history, self._entry(position)])
        self.run.executor.save(lambda: save_model(kept, folder, metrics, self.run.recipe.model.licence))

    def _entry(self, position: Position) -> dict[str, object]:
        return {
            "stage": self.stage.name,
            "corpus_digest": self.data.corpus.digest,
            "split": self.stage.split,
            "images": len(self.data.rows),
            "steps": position.step,
            "epochs": position.step / self.data.steps_per_epoch,
            "batch_size": self.data.batch_size,
            "learning_rate": self.stage.learning_rate,
            "seed": self.run.recipe.seed,
        }

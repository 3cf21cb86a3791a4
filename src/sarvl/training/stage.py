"""One stage of a run: steps, epochs and what is kept of them."""

import math
import time
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from sarvl.errors import ModelError, Stopped
from sarvl.models import Clip, save_model
from sarvl.models.text_tower import encode_text, without_padding
from sarvl.progress import progress
from sarvl.seeds import torch_seed
from sarvl.training.augment import augment
from sarvl.training.batch_norm import measure_batch_norm
from sarvl.training.batches import Batch, StageData
from sarvl.training.log import TrainingLog
from sarvl.training.objectives import contrastive_loss
from sarvl.training.optimizer import apply_freeze, cosine_rate, make_optimizer, set_rate, train_mode
from sarvl.training.recipe import TrainRecipe
from sarvl.training.state import STATE, Position, load_optimizer, save_state

MAX_LOGIT_SCALE = 4.6052  # ln 100, Radford et al. 2021


@dataclass(frozen=True)
class Run:
    """What all stages of a run share."""

    recipe: TrainRecipe
    model: Clip
    out: Path
    log: TrainingLog
    workers: int


class StageRun:
    """One stage of a run: its data, its optimizer, and the steps."""

    def __init__(self, run: Run, index: int) -> None:
        """Open the stage's corpus and pixel cache, freeze what it freezes, and make its optimizer."""
        self.run, self.index = run, index
        self.model = run.model
        self.stage = run.recipe.stages[index]
        self.seed = torch_seed(run.recipe.seed, index)
        self.data = self._open(self.stage.split)
        self.held_out = self._open(self.stage.validation) if self.stage.validation else None
        self.total_steps = self.stage.epochs * self.data.steps_per_epoch
        apply_freeze(self.model.network, self.stage.freeze)
        self.optimizer = make_optimizer(self.model.network, self.stage)

    def _open(self, split: str) -> StageData:
        return StageData.open(self.stage, split, self.model, self.seed, self.run.workers)

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
        batch = self.data.training_batch(step)
        rate = cosine_rate(self.stage.learning_rate, step, self.stage.warmup_steps, self.total_steps)
        set_rate(self.optimizer, rate)
        generator = torch.Generator().manual_seed(torch_seed(self.seed, step))
        pixels = augment(batch.pixels.to(self.model.device), batch.movable, self.stage.augmentation, generator)
        train_mode(self.model.network, self.stage.freeze)
        loss = self._loss(replace(batch, pixels=pixels))
        value = self._finite(float(loss.detach()), step)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.network.parameters(), self.stage.clip_gradient)
        self.optimizer.step()
        with torch.no_grad():
            self.model.network.logit_scale.clamp_(0, MAX_LOGIT_SCALE)  # type: ignore[operator]
        self.run.log.write(self.stage.name, position.global_step, loss=value, rate=rate)
        return value

    def _loss(self, batch: Batch) -> Tensor:
        device = self.model.device
        network = self.model.network
        tokens = without_padding(network, batch.tokens.to(device))  # (B, L)
        with torch.autocast(device.type, torch.bfloat16, enabled=self.stage.precision == "bfloat16"):
            images = network.encode_image(self.model.normalise(batch.pixels.to(device)))  # type: ignore[operator]
            texts = encode_text(network, tokens)
        scale: Tensor = network.logit_scale.exp()  # type: ignore[operator]
        return contrastive_loss(images.float(), texts.float(), scale, batch.meanings.to(device))

    def _end_epoch(self, position: Position, loss: float) -> None:
        if "image" not in self.stage.freeze:
            measure_batch_norm(self.model, self.data)
        validation = self._validate(position)
        if validation is not None:
            self.run.log.write(self.stage.name, position.global_step - 1, validation_loss=validation)
        figures = {"training_loss": loss} | ({} if validation is None else {"validation_loss": validation})
        if validation is None or position.best_loss is None or validation < position.best_loss:
            position.best_loss = validation
            self._save_model(self.run.out / "best", position, figures)
        self._save_model(self.run.out / "last", position, figures)

    @torch.inference_mode()
    def _validate(self, position: Position) -> float | None:
        """Return the mean loss over the validation split, or None where the stage has none."""
        if self.held_out is None:
            return None
        self.model.network.eval()
        batches = self.held_out.validation_batches()
        total = sum(float(self._loss(batch)) * len(batch.tokens) for batch in batches)
        return self._finite(total / len(self.held_out.rows), position.step)

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
        save_state(self.run.out / STATE, self.model.network, self.optimizer, position)

    def _save_model(self, folder: Path, position: Position, metrics: dict[str, float]) -> None:
        history = [*self.model.history, self._entry(position)]
        save_model(replace(self.model, history=history), folder, metrics, self.run.recipe.model.licence)

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

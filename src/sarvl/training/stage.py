"""One stage of a run: steps, epochs and what is kept of them."""

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from sarvl.documents import write_document
from sarvl.errors import ModelError, Stopped
from sarvl.files import replaced_folder
from sarvl.models import save_model
from sarvl.models.adapting.four_bits import without_four_bits
from sarvl.models.adapting.lora import merge, merged, write_lora
from sarvl.models.history import StageEntry
from sarvl.models.networks.weights import read_weights
from sarvl.models.protocols import Trainable
from sarvl.progress import Work, detail, note, progress
from sarvl.seeds import torch_seed
from sarvl.training.data.ahead import BatchesAhead
from sarvl.training.data.augment import augment
from sarvl.training.data.batches import StageData
from sarvl.training.data.reading import learned_texts
from sarvl.training.executor import Executor
from sarvl.training.hooks import epoch_hooks, merit, merit_told
from sarvl.training.objective import Batch
from sarvl.training.preparation import prepare_network
from sarvl.training.recipe import TrainRecipe
from sarvl.training.run.log import NoLog, TrainingLog
from sarvl.training.run.metrics import EpochMetrics, StepMetrics, tokens_told
from sarvl.training.run.state import (
    ADVICE,
    STATE,
    Position,
    load_average,
    load_network,
    load_optimizer,
    no_place,
    save_state,
    state_tensors,
)
from sarvl.training.run.stopped_batch import STOPPED_BATCH, StoppedBatch, pairs_of
from sarvl.training.stage_loss import StageLoss
from sarvl.training.weights.average import MovingAverage
from sarvl.training.weights.freezing import statistics_told, train_mode
from sarvl.training.weights.optimizer import cosine_rate, make_optimizer, optimizer_tensors, set_rate
from sarvl.training.weights.wise_ft import START, keep_start, sweep


def save_whole(
    model: Trainable, folder: Path, metrics: dict[str, float], licence: str, lora_of: nn.Module | None = None
) -> None:
    """Write a checkpoint as ``save_model`` does, its files at once: a kill leaves the earlier one whole.

    lora_of: a network whose addition is written as well, apart.
    """
    with replaced_folder(folder, ModelError) as work:
        save_model(model, work, metrics, licence)
        if lora_of is not None:
            write_lora(lora_of, work / "lora")


@dataclass(frozen=True)
class Run:
    """What all stages of a run share. began_from: in words, what the model is before the first of them."""

    recipe: TrainRecipe
    model: Trainable
    out: Path
    log: TrainingLog | NoLog
    executor: Executor
    workers: int | None
    log_every: int
    began_from: str


class Taught(NamedTuple):
    """The classes and the kinds of questions that a stage learns of, sorted."""

    classes: tuple[str, ...]
    question_kinds: tuple[str, ...]
    kinds_of_classes: dict[str, tuple[str, ...]]


class StageRun:
    """One stage of a run: its data, its loss, its optimizer, the steps, and the hooks at the end of each epoch."""

    def __init__(self, run: Run, position: Position) -> None:
        """Open the corpus of the stage that ``position`` is in, freeze what it freezes, and make its optimizer."""
        self.run, self.position = run, position
        self.model = run.model
        self.stage = run.recipe.stages[position.stage]
        self.seed = torch_seed(run.recipe.seed, position.stage)
        self.data = self._open(self.stage.split)
        self.position = self._on_its_corpora()
        self.total_steps = self.stage.epochs * self.data.steps_per_epoch
        share = self.stage.warmup_share
        self.warmup_steps = self.stage.warmup_steps if share is None else round(share * self.total_steps)
        self.batches = BatchesAhead(self._batch, self.total_steps)
        self.lora = self.stage.lora
        self._prepare_network()
        self.loss = StageLoss(self.stage, self.model, run.executor)
        self.learner = self.loss.learner.network
        self.average = MovingAverage(self.learner, self.stage.ema) if self.stage.ema else None
        self.optimizer = make_optimizer(self.learner, self.stage)
        held_out = self._open(self.stage.validation) if self.stage.validation else None
        epochs = f"{self.stage.epochs} epoch{'s' if self.stage.epochs > 1 else ''}"
        pairs = f"{epochs}, {self.total_steps} steps of {self.data.batch_size} pairs"
        note(f"stage {self.stage.name}: {len(self.data.rows)} images, {pairs}; {merit_told(self.model, held_out)}")
        if told := statistics_told(self.learner, self.data.batch_size, run.executor.processes, self.stage.chunk):
            note(f"stage {self.stage.name}: {told}")
        self.hooks = epoch_hooks(self.model, self.loss, self.data, held_out)

    def _on_its_corpora(self) -> Position:
        """Return the position with the corpora of the stage; raises ModelError where it began on others."""
        digests, began_on = tuple(corpus.digest for corpus in self.data.corpora.parts), self.position.corpora
        if self.position.step and began_on not in ((), digests):
            raise ModelError(
                f"{self.run.out / STATE}: stage {self.stage.name} began on another state of {self.data.corpora.names}, "
                f"which has been built anew since; put it back, or {ADVICE}"
            )
        return self.position.model_copy(update={"corpora": digests})

    def _prepare_network(self) -> None:
        """Keep what the stage begins with where that is asked for, add what is trained beside, and freeze the rest."""
        network, stage = self.model.network, self.stage
        if stage.wise_ft and not self.position.step:
            keep_start(self.run.out / START, network)
        prepare_network(network, stage, self.seed)
        if self.position.step:
            load_network(self.run.out / STATE, network)

    def _open(self, split: str) -> StageData:
        executor = self.run.executor
        with executor.first():  # makes the caches that the others read
            return StageData.open(
                self.stage, split, self.model, self.seed, self.run.workers, processes=executor.processes
            )

    def finish(self, stop: list[int]) -> Position:
        """Run to the stage's end; returns the position at the start of the next stage.

        Raises ModelError where the position is behind it.
        """
        if self.position.step > self.total_steps:
            raise no_place(self.run.out / STATE, self.position)
        if self.position.step:
            load_optimizer(self.run.out / STATE, self.optimizer, self.learner, self.run.executor)
            if self.average:
                load_average(self.run.out / STATE, self.average, self.run.executor)
        label = f"train {self.stage.name}"
        with (
            self.batches,
            progress(label, self.total_steps, "steps", self.position.step, line_every=self.run.log_every) as advance,
        ):
            self._go_through(stop, advance)
        return self._end_stage()

    def _go_through(self, stop: list[int], advance: Work) -> None:
        """Do the steps that are left; raises Stopped where that is asked for, its state saved."""
        began, first = time.monotonic(), self.position.step
        while self.position.step < self.total_steps:
            loss, rate = self._step()
            seconds = time.monotonic() - began
            speed = {
                "% of time waiting for data": 100 * self.batches.waited_seconds / seconds,
                "pairs/s": (self.position.step - first) * self.data.batch_size / seconds,
            }
            advance(1, {"loss": loss, "rate": rate} | speed)
            if self.position.step % self.data.steps_per_epoch == 0:
                figures = self._end_epoch(loss)
                epoch = f"epoch {self.position.step // self.data.steps_per_epoch} of {self.stage.epochs}"
                advance.milestone(epoch, {"loss": loss, "rate": rate} | figures | speed)
            stopping = self.run.executor.any(bool(stop))
            if stopping or self.position.step % self.run.recipe.save_every == 0:
                self._save()
            if stopping:
                raise Stopped(f"stopped at step {self.position.global_step}; continue with --resume")

    def _step(self) -> tuple[float, float]:
        """Do a step; returns its loss and its learning rate."""
        step = self.position.step
        executor = self.run.executor
        torch.manual_seed(self._seed_of(step))  # dropout, above all
        rate = cosine_rate(self.stage.learning_rate, step, self.warmup_steps, self.total_steps)
        set_rate(self.optimizer, rate)
        train_mode(self.learner)
        self.optimizer.zero_grad(set_to_none=True)
        loss, parts = self.loss.gradient(self.batches.of(step))
        value = float(loss)
        if not math.isfinite(value):
            raise self._stopped_on(value, parts, None)
        norm = executor.clip(self.learner, self.stage.clip_gradient)
        if not math.isfinite(norm):
            raise self._stopped_on(value, parts, norm)
        self.optimizer.step()
        self.loss.after_step()
        if self.average:
            self.average.update(step + 1)
        self._log_step(value, rate, parts)
        self.position = self.position.after_step()
        return value, rate

    def _log_step(self, loss: float, rate: float, parts: dict[str, Tensor]) -> None:
        told = {name: float(part.detach()) for name, part in parts.items()} if len(parts) > 1 else {}
        number = self.position.global_step
        name, tokens = self.stage.name, self._tokens()
        self.run.log.write(
            StepMetrics(kind="step", stage=name, global_step=number, loss=loss, rate=rate, parts=told, tokens=tokens)
        )

    def _tokens(self) -> int | None:
        """Return the tokens that the last step had of texts, in all processes."""
        executor, own = self.run.executor, self.loss.tokens
        mean = None if own is None else executor.mean(torch.tensor(float(own), device=executor.device))
        return None if mean is None else round(float(mean) * executor.processes)

    def _seed_of(self, step: int) -> int:
        """Return the seed of what the network of this process draws in a step."""
        rank = self.run.executor.rank
        return torch_seed(self.seed, step, *((rank,) if rank else ()))

    def _batch(self, step: int) -> Batch:
        """Return this process's part of the batch of a step, augmented: a function of the step's number."""
        executor, settings = self.run.executor, self.stage.augmentation
        batch = self.data.training_batch(step, executor.rank, executor.processes)
        movable = self.data.movable(batch) if settings.moves else torch.zeros(len(batch.texts), dtype=torch.bool)
        seeds = self.data.seeds_of_images(step, executor.rank, executor.processes)
        pixels = batch.pixels.to(executor.device)
        return replace(batch, pixels=augment(pixels, movable, settings, seeds, batch.tiles_of_image))

    def _end_epoch(self, loss: float) -> dict[str, float]:
        """Run the hooks and write the checkpoints, of the average where there is one; returns what the hooks found."""
        with self._as_kept():
            values = self._measure()
            self._log_epoch(values)
            self._keep(values, {"training_loss": loss} | values)
        return values

    @property
    def is_parted(self) -> bool:
        """Whether what is trained is not the model's own network, but one of which this process has a part."""
        return self.learner is not self.model.network

    @contextmanager
    def _as_kept(self) -> Iterator[None]:
        """Let the model's network have the weights that are kept: those that are trained, or their average."""
        if self.is_parted:
            self._bring(self.average.tensors if self.average else dict(self.learner.named_parameters()))
        with self.average.in_network() if self.average and not self.is_parted else nullcontext():
            yield

    @torch.no_grad()
    def _bring(self, tensors: Mapping[str, Tensor]) -> None:
        """Put tensors by name, of which each process may have a part, into the model's network."""
        parameters = dict(self.model.network.named_parameters())
        for name, value in tensors.items():
            parameters[name].copy_(self.run.executor.whole(value.detach()))

    def _measure(self) -> dict[str, float]:
        """Return what the hooks find, as the first process finds it: by it all of them choose the same epoch."""
        values: dict[str, float] = {}
        for hook in self.hooks:
            told = self.run.executor.told(hook())
            values |= {name: self._finite(name, value) for name, value in told.items()}
        return values

    def _log_epoch(self, values: dict[str, float]) -> None:
        if values:
            last = self.position.global_step - 1
            self.run.log.write(EpochMetrics(kind="epoch", stage=self.stage.name, global_step=last, figures=values))

    def _keep(self, values: dict[str, float], figures: dict[str, float]) -> None:
        """Write the checkpoint ``last`` and, where ``values`` are the best so far, ``best``."""
        reached, best = merit(values), self.position.best
        if not reached or best is None or reached > best:
            self.position = self.position.with_best(reached)
            self._save_model("best", figures)
        self._save_model("last", figures)

    def _stopped_on(self, loss: float, parts: dict[str, Tensor], norm: float | None) -> ModelError:
        """Write what the batch of all processes is, of which no step can be made; returns the error that says so."""
        stopped = StoppedBatch(
            stage=self.stage.name,
            step=self.position.step,
            global_step=self.position.global_step,
            loss=str(loss),
            parts={name: str(float(part.detach())) for name, part in parts.items()},
            gradient_norm=None if norm is None else str(norm),
            pairs=pairs_of(self.data.training_batch(self.position.step)),
        )
        self.run.executor.save(lambda: write_document(self.run.out / STOPPED_BATCH, stopped))
        what = f"the loss is {loss}" if norm is None else f"the norm of the gradient is {norm}"
        where = f"its batch is kept in {self.run.out / STOPPED_BATCH}"
        return ModelError(f"stage {self.stage.name}: {what} at step {self.position.step}; {where}; lower learning_rate")

    def _finite(self, name: str, value: float) -> float:
        if not math.isfinite(value):
            step = self.position.step
            raise ModelError(f"stage {self.stage.name}: {name} is {value} after step {step}; lower learning_rate")
        return value

    def _end_stage(self) -> Position:
        if self.is_parted:
            self._bring(self.average.tensors if self.average else dict(self.learner.named_parameters()))
        elif self.average:
            self.average.put_into_network()
        if self.stage.wise_ft:
            self._merge_lora()
            self._choose_share()
        if told := tokens_told(self.run.out, self.stage.name):
            note(f"stage {self.stage.name}: {told}")
        self._save_model(f"stages/{self.stage.name}", {})
        self._merge_lora()
        position = self.position
        self.position = Position.at_stage(position.stage + 1, position.global_step, self.model.history)
        self._save()
        (self.run.out / START).unlink(missing_ok=True)
        return self.position

    def _merge_lora(self) -> None:
        if self.lora:
            merge(self.model.network)
            self.lora = None

    def _choose_share(self) -> None:
        """Bring the weights to the best place between those of the stage's begin and its end, and keep them."""
        network, path = self.model.network, self.run.out / START
        best, measured = sweep(network, read_weights(path), self.stage.wise_ft, self._measure, merit)
        told = {f"wise_ft/{share:g}/{name}": value for share, each in measured.items() for name, value in each.items()}
        self._log_epoch(told)
        figures = measured[best] | {"wise_ft_share": best}
        note(f"stage {self.stage.name}: of {len(measured)} shares of the trained weights, {best:g} does best")
        self._keep(measured[best], figures)

    def _save(self) -> None:
        """Write the state: within a stage with all that the steps change."""
        path, executor = self.run.out / STATE, self.run.executor
        within = self.position.step > 0
        if within and self.is_parted:
            self._bring(dict(self.learner.named_parameters()))
        parts: dict[str, Mapping[str, Tensor]] = {
            "network": without_four_bits(self.model.network, self.model.network.state_dict())
        }
        if within:
            parts["optimizer"] = optimizer_tensors(self.optimizer, self.learner)
            parts["average"] = self.average.tensors if self.average else {}
        tensors = state_tensors(parts, executor)
        executor.save(lambda: save_state(path, tensors, self.position))
        detail(f"state kept at step {self.position.global_step}: {path}")

    def _save_model(self, name: str, metrics: dict[str, float]) -> None:
        """Write a checkpoint, after bringing the model's history up to the stage as far as it is carried out."""
        self.model.history = [*self.position.history, self._entry()]
        licence, model = self.run.recipe.model.licence, self.model
        apart = model.network if self.lora and self.lora.keep_apart else None
        if self.lora:
            model = copy(self.model)
            model.network = merged(self.model.network)
        self.run.executor.save(lambda: save_whole(model, self.run.out / name, metrics, licence, apart))
        detail(f"checkpoint at step {self.position.global_step}: {self.run.out / name}")

    def _entry(self) -> StageEntry:
        first, *others = [corpus.digest for corpus in self.data.corpora.parts]
        return StageEntry(
            stage=self.stage.name,
            corpus_digest=first,
            further_digests=tuple(others),
            split=self.stage.split,
            images=len(self.data.rows),
            steps=self.position.step,
            epochs=self.position.step / self.data.steps_per_epoch,
            batch_size=self.data.batch_size,
            learning_rate=self.stage.learning_rate,
            seed=self.run.recipe.seed,
            classes=self._taught.classes,
            question_kinds=self._taught.question_kinds,
            kinds_of_classes=self._taught.kinds_of_classes,
            began_from="" if self.position.history else self.run.began_from,
        )

    @cached_property
    def _taught(self) -> Taught:
        """What the texts are about that this stage learns from."""
        corpora, texts = self.data.corpora, learned_texts(self.stage, self.data.corpora, self.data.texts)
        return Taught(corpora.classes_of(texts), corpora.question_kinds_of(texts), corpora.kinds_of_classes(texts))

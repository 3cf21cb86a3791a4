"""The training loop: the stages of a recipe one after the other, stoppable and resumable at any step."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from types import FrameType

from sarvl.errors import ModelError, SarvlError, Stopped
from sarvl.files import FilePath, lock_file, read_json, write_json
from sarvl.progress import note
from sarvl.recipes import recipe_of
from sarvl.training.checks import check_installed, check_stages
from sarvl.training.data.vocabulary import take_vocabulary
from sarvl.training.executor import Executor, executor_of_this_process
from sarvl.training.ranges import settled_contract
from sarvl.training.recipe import TrainRecipe
from sarvl.training.run.log import NoLog, TrainingLog
from sarvl.training.run.run_folder import LOCK, RECIPE, disk_faults_told, sound_position
from sarvl.training.run.state import STATE, Position, load_network
from sarvl.training.stage import Run, StageRun
from sarvl.training.start import start_model, start_told
from sarvl.training.weights.memory import keep_freed_memory, place_network

LOG_EVERY = 50


def train(
    recipe: TrainRecipe | FilePath,
    out: FilePath,
    resume: bool = False,
    workers: int | None = None,
    *,
    log_every: int = LOG_EVERY,
    executor: str | None = None,
) -> Path:
    """Train the stages of ``recipe`` (one read before, or its file) into the run folder ``out`` and return it.

    The folder then holds ``best`` and ``last`` (checkpoints), one checkpoint a finished stage under ``stages``,
    metrics.jsonl, ``tensorboard`` and the state to resume from. A resumed run repeats the losses of an unbroken one to
    the last bit on the same CPU and number of threads.
    resume: go on with the run in ``out``, or begin one where there is none.
    workers: processes that prepare images; all cores by default. log_every: steps between two lines of progress where
    standard error is no terminal. executor: name of what carries out the steps, of ``EXECUTORS``; by default
    ``one_process``, or ``ddp`` in the processes that torchrun started.
    Raises RecipeError for a faulty recipe; ModelError where ``out`` holds another run or another process trains in it,
    and where the disk takes no more, which names the last good checkpoint; Stopped after an interrupt, its state saved.
    """
    chosen = executor_of_this_process(executor)
    keep_freed_memory()
    try:
        _train(recipe_of(recipe, TrainRecipe), Path(out), resume, chosen, workers=workers, log_every=log_every)
        chosen.any(False)  # waits for the others: none leaves while one may still ask for it
    except (SarvlError, Stopped):
        if chosen.rank:
            raise SystemExit(1) from None  # the first process says it
        raise
    finally:
        chosen.close()
    return Path(out)


def _train(
    recipe: TrainRecipe, out: Path, resume: bool, executor: Executor, *, workers: int | None, log_every: int
) -> None:
    check_installed(recipe)
    with ExitStack() as stack:
        stack.enter_context(disk_faults_told(out))
        position, is_first = None, executor.rank == 0
        with executor.first():
            if is_first:
                stack.enter_context(_locked(out))
                position = _place_to_begin(recipe, out, resume)
            model = start_model(recipe)
            check_stages(recipe, model, executor)
            if is_first:
                write_json(out / RECIPE, recipe.model_dump(mode="json"))
            model.contract = settled_contract(recipe, model, out, workers)
            take_vocabulary(model, recipe.stages, out)
        position = executor.told(position)
        place_network(model.network, executor.device)
        if position is None:
            position = Position.at_stage(0, 0, model.history)  # the history of the weights that the run starts from
        elif not position.step:
            load_network(out / STATE, model.network)  # within a stage it is the stage that does so
        note(f"run: {out}" + (f", from step {position.global_step}" if position.global_step else ""))
        note(f"curves: tensorboard --logdir {out / 'tensorboard'}")
        log = stack.enter_context(closing(TrainingLog(out, position.global_step) if is_first else NoLog()))
        run = Run(recipe, model, out, log, executor, workers, log_every, start_told(recipe.model))
        with _stop_flag() as stop:
            while position.stage < len(recipe.stages):
                position = StageRun(run, position).finish(stop)


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    """Hold the folder of a run for this process; one that nothing was written into is gone at the end.

    Raises ModelError where another process trains in it.
    """
    if out.exists() and not out.is_dir():
        raise ModelError(f"{out}: a file; give a folder for the run")
    is_new = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    try:
        with lock_file(out / LOCK) as held:
            if not held:
                raise ModelError(f"{out}: another sarvl train is at work in it; wait for its end, or stop it")
            yield
    finally:
        if is_new:
            with suppress(OSError):
                out.rmdir()


def _place_to_begin(recipe: TrainRecipe, out: Path, resume: bool) -> Position | None:
    """Return where to go on in ``out``, None to begin; a folder of another run or recipe is refused."""
    # A kill while the first file was written leaves no more than a hidden temporary.
    if all(path.name.startswith(".") for path in out.iterdir()):
        return None
    if not resume:
        raise ModelError(f"{out}: not empty; give another folder, or --resume to go on with the run in it")
    if read_json(out / RECIPE, ModelError) != recipe.model_dump(mode="json"):
        raise ModelError(f"{out}: its recipe.json differs from the recipe given; resume with the recipe it began with")
    if not (out / STATE).is_file():  # a run that was stopped before its first state begins anew
        return None
    return sound_position(out, recipe.stages)


@contextmanager
def _stop_flag() -> Iterator[list[int]]:
    """Yield a list that is empty until SIGINT or SIGTERM asks the process to stop; asked again, it stops at once."""
    asked: list[int] = []

    def ask(number: int, _frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    try:
        earlier = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not the main thread: whoever runs it must stop it otherwise
        earlier = {}
    try:
        yield asked
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)

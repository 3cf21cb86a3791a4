"""Two processes that train together, as torchrun would start them; each is forked from one that has PyTorch already."""

import os
import socket
import sys
from pathlib import Path
from types import ModuleType

from forked import CONTEXT


def train_in_two(
    recipe: Path,
    run: Path,
    executor: str,
    *changes: str,
    resume: bool = False,
    killed_at: int = -1,
    stub: str | None = None,
) -> tuple[list[int], str]:
    """Train ``recipe`` in two processes; returns their exit codes, and what they wrote on standard error.

    killed_at: the global step at whose log line the first process is killed by the system, and then the second.
    stub: a package that counts as installed, where it comes to no more than that.
    """
    port = free_port()
    told = run.with_name(f"{run.name}.stderr")
    arguments = (port, told, recipe, run, executor, changes, resume, killed_at, stub)
    ranks = [CONTEXT.Process(target=_rank, args=(rank, *arguments)) for rank in range(2)]
    for process in ranks:
        process.start()
    ranks[0].join(120)
    if killed_at >= 0:
        ranks[1].kill()
    ranks[1].join(120)
    return [process.exitcode for process in ranks], told.read_text()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def become(rank: int, port: int) -> None:
    """Let this process be one of two that torchrun started."""
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2"}
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}


def _rank(rank, port, told, recipe, run, executor, changes, resume, killed_at, stub):
    with told.open("a") as stream:
        os.dup2(stream.fileno(), sys.stderr.fileno())
    become(rank, port)
    import open_clip
    import torch

    from sarvl.errors import SarvlError
    from sarvl.recipes import load_recipe
    from sarvl.training import TrainRecipe, train
    from sarvl.training.run.log import TrainingLog

    torch.set_num_threads(1)
    if stub:
        sys.modules.setdefault(stub, ModuleType(stub))
    for config in recipe.parent.glob("sarvl-micro*.json"):
        open_clip.add_model_config(config)
    write = TrainingLog.write

    def dying(log, metrics):
        if metrics.global_step == killed_at:
            os.kill(os.getpid(), 9)
        write(log, metrics)

    TrainingLog.write = dying
    try:
        train(load_recipe(recipe, TrainRecipe, changes), run, resume, workers=1, executor=executor)
    except SarvlError as problem:
        print(f"error: {problem}", file=sys.stderr)
        raise SystemExit(1) from None

"""Real processes without the seconds that PyTorch takes to load: forked from one that has loaded it, and no more."""

import os
import sys
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

CONTEXT = get_context("forkserver")
# One process serves all tests of a worker: what any of them needs it has loaded before the first one asks.
CONTEXT.set_forkserver_preload(
    [
        "sarvl.cli",
        "sarvl.corpus.building.builder",
        "sarvl.training.loop",
        "sarvl.training.objectives.infonce",
        "sarvl.training.executors.ddp",
        "sarvl.training.executors.fsdp2",
        "sarvl.evaluation.evaluator",
    ]
)


def start(function: Callable[..., None], *arguments: Any, errors: Path | None = None) -> ForkServerProcess:
    """Start a function of a module in a process of its own. errors: the file of its standard error."""
    process = CONTEXT.Process(target=_run, args=(function, arguments, errors or os.devnull))
    process.start()
    return process


def start_sarvl(*arguments: object, errors: Path | None = None) -> ForkServerProcess:
    """Start the command line in a process of its own."""
    return start(_sarvl, *map(str, arguments), errors=errors)


def _run(function: Callable[..., None], arguments: tuple[Any, ...], errors: Path | str) -> None:
    os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT), sys.stderr.fileno())
    function(*arguments)


def _sarvl(*arguments: str) -> None:
    from sarvl.cli import main

    sys.argv = ["sarvl", *arguments]
    main()

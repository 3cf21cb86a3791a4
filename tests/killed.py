"""A real process that is killed at a seeded moment of its work."""

import random
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from forked import CONTEXT, start


def kill_at_seeded_moments(code: str, *arguments: Path, seed: int, kills: int, meanwhile: Callable[[], None]) -> None:
    """Run ``code``, which calls ``begun()`` once it is at work and does not end, and kill it; so ``kills`` times.

    meanwhile: called again and again until the kill, and once after it.
    """
    moments = random.Random(seed)
    for _ in range(kills):
        ours, theirs = CONTEXT.Pipe()
        process = start(_work, code, arguments, theirs)
        assert ours.poll(120), "it never began"
        deadline = time.monotonic() + moments.uniform(0.01, 0.3)
        while time.monotonic() < deadline:
            meanwhile()
        assert process.is_alive(), "it ended by itself"
        process.kill()
        process.join(30)
        meanwhile()


def _work(code: str, arguments: tuple[Path, ...], answer: Connection) -> None:
    sys.argv[1:] = map(str, arguments)
    exec(code, {"__name__": "__main__", "begun": lambda: answer.send(None)})

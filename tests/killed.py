"""A real process that is killed at a seeded moment of its work."""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path


def kill_at_seeded_moments(code: str, *arguments: Path, seed: int, kills: int, meanwhile: Callable[[], None]) -> None:
    """Run ``code``, which prints a line once it is at work and does not end, and kill it; so ``kills`` times.

    meanwhile: called again and again until the kill, and once after it.
    """
    moments = random.Random(seed)
    for _ in range(kills):
        process = subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout
        process.stdout.readline()
        deadline = time.monotonic() + moments.uniform(0.01, 0.3)
        while time.monotonic() < deadline:
            meanwhile()
        assert process.poll() is None, "it ended by itself"
        process.kill()
        process.communicate(timeout=30)
        meanwhile()

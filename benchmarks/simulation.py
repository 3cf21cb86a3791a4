"""Chips per second of one thread: synthesis alone, and with the images written as PNG.

Run: ``python benchmarks/simulation.py [--chips N]``. CPU time is given beside the wall clock, since other work on
the machine changes the latter.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2

from sarvl.simulation import simulate_chip
from sarvl.simulation.dataset import write_image


def rate(work: Callable[[int], None], chips: int) -> str:
    work(0)
    wall, cpu = time.perf_counter(), time.process_time()
    for seed in range(chips):
        work(seed)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return f"{chips / wall:.0f} chips/s by the wall clock, {chips / cpu:.0f} by CPU time"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chips", type=int, default=300)
    parser.add_argument("--size", type=int, default=256)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chip.png"

        def synthesise(seed: int) -> None:
            simulate_chip(seed, size=arguments.size)

        def write(seed: int) -> None:
            write_image(path, simulate_chip(seed, size=arguments.size).image)

        print(f"{arguments.size} px, display, 1 look, synthesis: {rate(synthesise, arguments.chips)}")
        print(f"{arguments.size} px, display, 1 look, with PNG:  {rate(write, arguments.chips)}")


if __name__ == "__main__":
    main()

"""How fast chips are simulated, and how like real ones they are.

Speed: chips per second of one thread, synthesis alone, and with the images written as PNG. CPU time is given beside the
wall clock, since other work on the machine changes the latter. Likeness: level, spread and sharpness of simulated chips
beside those of SSDD and MSTAR, where their folders are there.

Run: ``python benchmarks/simulation.py [--chips N] [--data ../shared/data]``.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sarvl.simulation import simulate_chip
from sarvl.simulation.dataset import write_image

Picture = NDArray[np.uint8]


def rate(work: Callable[[int], None], chips: int) -> str:
    work(0)
    wall, cpu = time.perf_counter(), time.process_time()
    for seed in range(chips):
        work(seed)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return f"{chips / wall:.0f} chips/s by the wall clock, {chips / cpu:.0f} by CPU time"


def figures(picture: Picture) -> tuple[float, ...]:
    """Return of a picture (H, W): mean and median byte, standard deviation, share at 255, and sharpness.

    Sharpness is the mean absolute difference of neighbours by the standard deviation: 1.1 for pixels that know nothing
    of each other, 0 for a smooth picture.
    """
    values = picture.astype(np.float64)
    spread = max(values.std(), 1e-9)
    steps = 0.5 * (np.abs(np.diff(values, axis=0)).mean() + np.abs(np.diff(values, axis=1)).mean())
    return values.mean(), float(np.median(values)), spread, float(np.mean(picture == 255)), steps / spread


def real_pictures(folder: Path, most: int) -> list[Picture]:
    """Return up to ``most`` pictures of a folder, spread evenly over it; none where it is absent."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg", ".png"})
    chosen = files[:: max(1, len(files) // most)][:most]
    return [cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in chosen]


def print_figures(name: str, pictures: Iterable[Picture]) -> None:
    """Print the median over pictures of each figure, with the 10th and 90th percentile of the level."""
    table = np.array([figures(picture) for picture in pictures])
    low, high = np.percentile(table[:, 0], [10, 90])
    level, median, spread, white, sharpness = np.median(table, axis=0)
    pooled = table[:, 0].mean()
    print(
        f"{name:42s} {len(table):5d} {level:7.1f} {low:6.1f} {high:6.1f} {pooled:7.1f} {median:7.1f} {spread:7.1f} "
        f"{100 * white:6.2f} % {sharpness:9.2f}"
    )


def compare(data: Path, chips: int) -> None:
    print(f"{'':42s} chips   level    p10    p90    mean  median  spread  white   sharpness")
    for name, folder in (("SSDD", data / "ssdd" / "images"), ("MSTAR", data / "mstar_soc10" / "images")):
        if pictures := real_pictures(folder, chips):
            print_figures(name, pictures)
        else:
            print(f"{name}: {folder} is not there; left out")
    sea = (
        simulate_chip(seed, spacing_m=3.0, land_cover="water", objects=["ship"] * (seed % 3)).image.pixels[0]
        for seed in range(chips)
    )
    print_figures("simulated ships on the sea, 3 m", sea)
    field = (
        simulate_chip(
            seed, size=128, spacing_m=0.2, land_cover="grassland", objects=["vehicle"], sensor="MSTAR"
        ).image.pixels[0]
        for seed in range(chips)
    )
    print_figures("simulated vehicle on grass, 0.2 m, MSTAR", field)
    print_figures("simulated scenes, 1 m", (simulate_chip(seed).image.pixels[0] for seed in range(chips)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chips", type=int, default=300)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
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
    compare(arguments.data, arguments.chips)


if __name__ == "__main__":
    main()

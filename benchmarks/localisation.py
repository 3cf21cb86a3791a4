"""The map of semantic localisation against a loop over its pixels, as SeLo's tool fills it; one thread, median of runs.

python benchmarks/localisation.py
"""

from collections.abc import Callable
from statistics import median
from time import perf_counter

import cv2
import numpy as np

from sarvl.measures.localisation import heat_map, tiles_of

SIDE = 3000
SIDES = (256, 512, 768)  # as AIR-SLT is measured


def map_by_loop(similarities: np.ndarray, tiles: np.ndarray) -> np.ndarray:
    """Return the mean of the tiles at each pixel: their sums by slices, the division pixel by pixel."""
    heat, number = np.zeros((SIDE, SIDE)), np.zeros((SIDE, SIDE))
    for similarity, (x0, y0, x1, y1) in zip(similarities, tiles.tolist(), strict=True):
        heat[y0:y1, x0:x1] += similarity
        number[y0:y1, x0:x1] += 1
    for row in range(SIDE):
        for column in range(SIDE):
            heat[row, column] = heat[row, column] / number[row, column]
    return heat


def seconds(work: Callable[[], np.ndarray], runs: int) -> tuple[float, np.ndarray]:
    times = []
    for _ in range(runs):
        start = perf_counter()
        made = work()
        times.append(perf_counter() - start)
    return median(times), made


def main() -> None:
    cv2.setNumThreads(1)
    tiles = tiles_of(SIDE, SIDE, SIDES)
    similarities = np.random.default_rng(0).normal(size=len(tiles))
    ours, ours_map = seconds(lambda: heat_map(similarities, tiles, SIDE, SIDE), 9)
    loop, loop_map = seconds(lambda: map_by_loop(similarities, tiles), 3)
    assert np.array_equal(ours_map, loop_map)
    print(f"map of {SIDE} x {SIDE} from {len(tiles)} tiles, values equal to the last bit")
    print(f"loop over pixels {loop:.2f} s, ours {ours:.4f} s: {loop / ours:.0f} times as fast")


if __name__ == "__main__":
    main()

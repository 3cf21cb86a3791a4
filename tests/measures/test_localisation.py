"""Semantic localisation: map and measures against the formulas written out anew, in plain loops."""

from math import exp, hypot

import cv2
import numpy as np
import pytest
from scipy.ndimage import label

from sarvl.errors import EvaluationError
from sarvl.measures.localisation import MapSettings, heat_map, localisation, peaks_of, probability_map, tiles_of

SMALL = MapSettings(blur=11, softening=6, times=5, window=40)


def plain_tiles(width: int, height: int, sides: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The tiles as SeLo cuts them, into files that are named by their place, so that equal ones are one."""
    tiles = []
    for step in sides:
        for gap in (step, int(0.5 * step)):
            for y in range(step - gap, height, step):
                for x in range(step - gap, width, step):
                    y0, x0 = (y if y + step < height else height - step), (x if x + step < width else width - step)
                    tile = (x0, y0, x0 + step, y0 + step)
                    tiles += [] if tile in tiles else [tile]
    return tiles


def plain_map(scores, tiles, width: int, height: int) -> np.ndarray:
    heat, number = np.zeros((height, width)), np.zeros((height, width))
    for score, (x0, y0, x1, y1) in zip(scores, tiles, strict=True):
        heat[y0:y1, x0:x1] += score
        number[y0:y1, x0:x1] += 1
    for y in range(height):
        for x in range(width):
            heat[y, x] = heat[y, x] / number[y, x]
    return heat


def plain_measures(p: np.ndarray, regions, settings: MapSettings) -> tuple[float, ...]:
    """The formulas as SARVLM's reference gives them, region by region and peak by peak."""
    height, width = p.shape
    m = np.zeros((height, width))
    cv2.fillPoly(m, [np.array(region, np.int32) for region in regions], 1)
    inside, outside = sum(p[m == 1]), sum(p[m == 0])
    rsu = 1 - exp(-0.707 * (inside / (outside + 1e-7)) * ((height * width - m.sum()) / m.sum()))
    soft = (p * 255.0).astype(np.uint8)
    for _ in range(settings.times):
        soft = cv2.boxFilter(soft, -1, (settings.softening, settings.softening))
    peaks = plain_peaks(soft, p, settings.window)
    near, gathered = [], []
    for region in regions:
        x, y = (int(sum(corner[axis] for corner in region) / len(region)) for axis in (0, 1))
        r = int(1.5 * sum(hypot(a - x, b - y) for a, b in region) / len(region))
        of_region = [(a, b) for a, b in peaks if hypot(a - x, b - y) <= r]
        distances = [hypot(a - x, b - y) for a, b in of_region]
        near.append(sum(distances) / len(distances) / r if distances else 1.0)
        n = len(of_region)
        if n <= 1:
            gathered.append(float(n))
        else:
            middle = [sum(peak[axis] for peak in of_region) / n for axis in (0, 1)]
            spread = sum(hypot(a - middle[0], b - middle[1]) for a, b in of_region) / n
            gathered.append(0.5 * (1 - spread / r) + exp(-0.5 * (n + 2)))
    g = sum(near) / len(near)
    ras, rda = (exp(3 * g) - 1) / (exp(3) - 1), sum(gathered) / len(gathered)
    return rsu, ras, rda, 0.4 * rsu + 0.35 * (1 - ras) + 0.25 * rda


def plain_peaks(soft: np.ndarray, p: np.ndarray, window: int) -> list[tuple[int, int]]:
    before, after = window // 2, (window - 1) // 2
    padded = np.pad(soft, ((before, after), (before, after)), mode="symmetric")
    highest = np.zeros(soft.shape, bool)
    for y in range(soft.shape[0]):
        for x in range(soft.shape[1]):
            highest[y, x] = 0 < soft[y, x] == padded[y : y + window, x : x + window].max()
    labels, count = label(highest, np.ones((3, 3)))
    middles = [np.argwhere(labels == number).mean(axis=0) for number in range(1, count + 1)]
    peaks = [(int(x), int(y)) for y, x in middles]
    return [(x, y) for x, y in peaks if p[y, x] >= 0.5]


def blobs(rng: np.random.Generator, width: int, height: int, count: int) -> np.ndarray:
    ys, xs = np.mgrid[:height, :width]
    heat = np.zeros((height, width))
    for _ in range(count):
        x, y, size, weight = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(4, 12), rng.uniform(0.5, 1)
        heat += weight * np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / size**2)
    return heat


@pytest.mark.parametrize(("width", "height"), [(100, 70), (96, 64), (129, 64), (64, 33)])
def test_tiles_are_those_of_selo(width, height):
    sides = (16, 24, 32)
    assert sorted(map(tuple, tiles_of(width, height, sides).tolist())) == sorted(plain_tiles(width, height, sides))


def test_an_image_smaller_than_a_tile_is_that_tile():
    assert tiles_of(20, 50, (32,)).tolist() == [[0, 0, 20, 32], [0, 18, 20, 50], [0, 16, 20, 48]]


def test_the_map_equals_a_loop_over_pixels_to_the_last_bit():
    rng = np.random.default_rng(0)
    tiles = tiles_of(101, 67, (16, 24))
    scores = rng.normal(size=len(tiles))
    assert np.array_equal(heat_map(scores, tiles, 101, 67), plain_map(scores, tiles, 101, 67))


def test_the_four_measures_equal_the_formulas_written_out():
    rng = np.random.default_rng(1)
    several = 0
    for case in range(12):
        p = probability_map(blobs(rng, 90, 70, 1 + case % 5), SMALL.blur)
        boxes = rng.uniform(8, 40, (1 + case % 3, 4))
        regions = [np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]]) for x, y, w, h in boxes]
        found = localisation(p, regions, SMALL)
        assert found[:4] == pytest.approx(plain_measures(p, regions, SMALL), abs=1e-12)
        several += len(peaks_of(p, SMALL)) > 1
    assert several >= 3


def test_a_map_on_the_region_is_better_than_one_beside_it_and_a_flat_one():
    region = [[(30.0, 30.0), (50.0, 30.0), (50.0, 50.0), (30.0, 50.0)]]
    ys, xs = np.mgrid[:80, :120]
    there = localisation(np.exp(-((xs - 40) ** 2 + (ys - 40) ** 2) / 90), region, SMALL)
    beside = localisation(np.exp(-((xs - 100) ** 2 + (ys - 40) ** 2) / 90), region, SMALL)
    flat = localisation(probability_map(np.full((80, 120), 0.3)), region, SMALL)
    assert there.rmi > 0.8
    assert beside.rmi < 0.1
    assert flat.rmi == 0
    assert (there.pointing, beside.pointing, flat.pointing) == (1, 0, 0)
    assert localisation(np.full((80, 120), 0.4), region, SMALL).rsu == pytest.approx(1 - exp(-0.707), abs=1e-6)


@pytest.mark.parametrize("region", [[(0, 0), (200, 0), (200, 200), (0, 200)], [(300, 300), (310, 300), (310, 310)]])
def test_regions_that_are_nowhere_or_everywhere_are_refused(region):
    with pytest.raises(EvaluationError, match="the regions cover"):
        localisation(np.zeros((80, 120)), [region], SMALL)

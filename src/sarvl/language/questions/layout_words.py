"""Words for where a box lies, how large and how long it is, and how many lie together; each has its rule here.

Whole numbers throughout, but for oriented boxes and arrangements, which need fractions.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import inf, sqrt

from sarvl.language.geometry.layout import CENTER, Extent
from sarvl.language.group import Orientation
from sarvl.language.questions.query import Region

SIDES = ("left side", "right side", "top side", "bottom side")
POSITION_WORDS = ("left", "right", "top", "bottom", CENTER)  # the answers of SARLANG's positioning questions
SIZE_WORDS = ("very large", "large", "medium", "small", "very small")
SHAPE_WORDS = ("wide", "roughly square", "tall")
DIRECTION_WORDS: tuple[Orientation, ...] = ("horizontal", "vertical", "diagonal")
ARRANGEMENT_WORDS = ("in a row", "in a cluster", "scattered")

_LEAST_PERCENT = (40, 25, 10, 3)  # of the image's area, for the first four of SIZE_WORDS [SARChat]
LEAST_IN_ARRANGEMENT = 4
_WIDEST_ROW = 0.1  # across against along, standard deviations

Point = tuple[float, float]


def centre_twice(box: Extent) -> tuple[int, int]:
    """Return twice the centre of a box, in whole numbers."""
    return box.xmin + box.xmax, box.ymin + box.ymax


def size_word(region: Region, width: int, height: int) -> str:
    """Return very large (from 40 % of the image's area), large (25 %), medium (10 %), small (3 %) or very small."""
    area = region[2] * region[3]
    for word, percent in zip(SIZE_WORDS, _LEAST_PERCENT, strict=False):
        if 100 * area >= percent * width * height:
            return word
    return SIZE_WORDS[-1]


def shape_word(region: Region) -> str:
    """Return wide (width / height > 1.5), tall (< 0.67) or roughly square [SARChat]."""
    _, _, width, height = region
    if 2 * width > 3 * height:
        return "wide"
    return "tall" if 100 * width < 67 * height else "roughly square"


def direction_word(across: float, down: float) -> str:
    """Return the direction of a line: within 22.5 degrees of an axis horizontal or vertical, else diagonal."""
    # |tan| <= sqrt(2) - 1, without a root.
    sum_squared = (abs(across) + abs(down)) ** 2
    if sum_squared <= 2 * across**2:
        return "horizontal"
    return "vertical" if sum_squared <= 2 * down**2 else "diagonal"


def arrangement_word(centres: Sequence[Point], width: int, height: int) -> str | None:
    """Return how four objects or more lie: in a row, in a cluster or scattered; None where it is none of these clearly.

    In a row: the standard deviation of the centres across their main axis is at most a tenth of that along it, and no
    gap between neighbours is longer than half of the row. In a cluster: else, and all centres lie within a third of the
    image's width and of its height. Scattered: else, and the mean distance to the nearest neighbour is at least that of
    as many points strewn at random over the image (Clark and Evans 1954, index of 1 or more), and so is the median: far
    objects do not make a moored row "scattered".
    """
    if len(centres) < LEAST_IN_ARRANGEMENT or len(set(centres)) == 1:
        return None
    if _is_row(centres):
        return "in a row"
    spread_x, spread_y = (max(values) - min(values) for values in zip(*centres, strict=True))
    if 3 * spread_x <= width and 3 * spread_y <= height:
        return "in a cluster"
    expected = sqrt(width * height / len(centres)) / 2
    distances = sorted(_nearest_distances(centres))
    is_even = distances[len(distances) // 2] >= expected
    return "scattered" if is_even and sum(distances) >= len(distances) * expected else None


def _is_row(centres: Sequence[Point]) -> bool:
    count = len(centres)
    mean_x, mean_y = sum(x for x, _ in centres) / count, sum(y for _, y in centres) / count
    xx = sum((x - mean_x) ** 2 for x, _ in centres)
    yy = sum((y - mean_y) ** 2 for _, y in centres)
    xy = sum((x - mean_x) * (y - mean_y) for x, y in centres)
    # Eigenvalues and main axis of the covariance, times the count.
    middle, half = (xx + yy) / 2, sqrt(((xx - yy) / 2) ** 2 + xy**2)
    across, down = (middle + half - yy, xy) if xx > yy else (xy, middle + half - xx)
    along = sorted(x * across + y * down for x, y in centres)
    widest_gap = max(after - before for before, after in pairwise(along))
    is_narrow = middle - half <= _WIDEST_ROW**2 * (middle + half)
    return is_narrow and 2 * widest_gap <= along[-1] - along[0]


def _nearest_distances(centres: Sequence[Point]) -> list[float]:
    """Return the distance of each point to its nearest neighbour; a search along x that stops at the best so far."""
    points = sorted(centres)
    distances = []
    for index, (x, y) in enumerate(points):
        nearest = inf
        for others in (range(index + 1, len(points)), range(index - 1, -1, -1)):
            for other in others:
                other_x, other_y = points[other]
                if (other_x - x) ** 2 >= nearest:
                    break
                nearest = min(nearest, (other_x - x) ** 2 + (other_y - y) ** 2)
        distances.append(sqrt(nearest))
    return distances

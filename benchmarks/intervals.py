"""How often a 95 % interval over few scenes holds the truth: ours, and others that were tried.

A test set has 3 to 30 scenes of 5 to 60 images. How hard a scene is follows a beta distribution: ``like`` is the
correlation of two answers on one scene. Usage: python benchmarks/intervals.py
"""

import argparse
from collections.abc import Callable

import numpy as np
from scipy import stats

from sarvl.measures.intervals import share_interval

SCENES = (3, 5, 10, 30)
SHARES = (0.5, 0.9, 1.0)
LIKE = (0.0, 0.05, 0.15, 0.3)
Ends = tuple[float, float]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sets", type=int, default=2000, help="test sets of each kind")
    options = arguments.parse_args()
    print(f"| scenes | share | like | {' | '.join(METHODS)} |")
    print("|---" * (3 + len(METHODS)) + "|")
    for scenes in SCENES:
        for share in SHARES:
            for like in LIKE if share < 1 else (0.0,):
                covered = coverage(scenes, share, like, options.sets)
                print(f"| {scenes} | {share} | {like} | {' | '.join(f'{100 * each:.1f}' for each in covered)} |")


def coverage(scenes: int, share: float, like: float, sets: int) -> list[float]:
    """Return how often each method's interval holds the true share."""
    rng = np.random.default_rng([scenes, int(100 * share), int(100 * like)])
    drawn = [draw(rng, scenes, share, like) for _ in range(sets)]
    return [float(np.mean([holds(method(*each), share) for each in drawn])) for method in METHODS.values()]


def draw(rng: np.random.Generator, scenes: int, share: float, like: float) -> tuple[np.ndarray, np.ndarray]:
    """Return (right answers, images) of each scene."""
    images = rng.integers(5, 61, scenes)
    scale = (1 - like) / like if like > 0 and share < 1 else np.inf
    hard = np.full(scenes, share) if np.isinf(scale) else rng.beta(share * scale, (1 - share) * scale, scenes)
    return rng.binomial(images, hard).astype(float), images.astype(float)


def holds(ends: Ends, share: float) -> bool:
    return ends[0] - 1e-9 <= share <= ends[1] + 1e-9


def ours(right: np.ndarray, images: np.ndarray) -> Ends:
    low, high, _ = share_interval(np.column_stack((right, images)), queries=int(images.sum()))
    assert low is not None
    assert high is not None
    return low, high


def percentile_bootstrap(right: np.ndarray, images: np.ndarray) -> Ends:
    weights = np.random.default_rng(0).multinomial(len(right), np.full(len(right), 1 / len(right)), 1000)
    low, high = np.quantile(weights @ right / (weights @ images), (0.025, 0.975))
    return float(low), float(high)


def student(right: np.ndarray, images: np.ndarray) -> Ends:
    """Student's t with the variance between scenes, on the scale of the share itself."""
    share, scenes = right.sum() / images.sum(), len(right)
    variance = scenes / (scenes - 1) * np.square(right - share * images).sum() / images.sum() ** 2
    width = stats.t.ppf(0.975, scenes - 1) * np.sqrt(variance)
    return share - width, share + width


def image_by_image(right: np.ndarray, images: np.ndarray) -> Ends:
    """Wilson's interval, as if no two images were of one scene."""
    found = stats.binomtest(int(right.sum()), int(images.sum())).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


METHODS: dict[str, Callable[[np.ndarray, np.ndarray], Ends]] = {
    "ours": ours,
    "Student's t": student,
    "percentile bootstrap": percentile_bootstrap,
    "image by image": image_by_image,
}

if __name__ == "__main__":
    main()

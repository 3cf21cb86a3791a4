"""Can a classifier find the seam of composed scenes? AUROC with its 95 % interval for each pair of recipes/compose.

Scenes are composed by the recipe with half of the targets in each split, so that neither targets nor clutter of the
scenes to learn from are in those to tell. From each target that was set in, points of its seam are drawn, and two crops
are cut around each: from the scene, and from the image that the target came from, where there is no seam. Nothing but
what lies beyond the seam differs between the two. Two classifiers learn from the crops of one split and are asked about
those of the other: logistic regression on how level, variation and differences of neighbours go with the distance from
the seam, and a small convolutional network on the crops and that distance. The interval is that of a bootstrap over the
scenes that targets come from. It holds .5 where the seam cannot be told.

Run: ``python benchmarks/seams.py [PAIR ...] [--crops 1000] [--set match.correlation=0.1]``.
A pair whose data are not there is left out, and said.
"""

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import rankdata

from sarvl.imagery import read_image
from sarvl.measures.logistic import fit_logistic
from sarvl.progress import Loudness, tell
from sarvl.recipes import load_recipe
from sarvl.simulation.composing import ComposeRecipe, compose
from sarvl.simulation.composing.amplitude import amplitude_of, read_of
from sarvl.simulation.composing.composer import images_of

RECIPES = Path(__file__).parents[1] / "recipes" / "compose"
POINTS_A_TARGET, REACH_PX, RESAMPLES = 3, 8, 2000
Floats = NDArray[np.float32]


class Crops(NamedTuple):
    """Crops ``(N, S, S)`` of amplitude by its mean beyond the seam, distance from it, whether composed, and scenes."""

    pixels: Floats
    distance: Floats
    is_composed: NDArray[np.bool_]
    groups: NDArray[Any]


def crops_of(folder: Path, recipe: ComposeRecipe, split: str, wanted: int, side: int) -> Crops:
    """Return up to ``wanted`` crops of a split, half of them composed."""
    document = json.loads((folder / "annotations.json").read_text())
    names = {entry["id"]: entry["file_name"] for entry in document["images"] if entry["split"] == split}
    known = {item.image.file: item for item in images_of(recipe.targets.source, recipe.targets.cut, recipe.seed)[0]}
    entries = [e for e in document["annotations"] if e["image_id"] in names and "cut_from" in e and not e["resampled"]]
    rng, rows = np.random.default_rng(0), []
    for number in rng.permutation(len(entries)):
        if len(rows) >= wanted:
            break
        entry = entries[number]
        scene = amplitude_of(read_image(folder / "images" / names[entry["image_id"]]))[0]
        item = known[entry["cut_from"]["file"]]
        origin = amplitude_of(read_of(recipe.targets.source, item.image))
        left, top = entry["cut_from"]["bbox"][:2]
        masks = recipe.targets.cut.masks(item.image, item.said, origin)
        carried = next(
            m.carried for m in masks if m.class_name and m.mask[top:, left:].any() and starts(m.mask, left, top)
        )
        distance = distance_to(carried) - recipe.targets.margin_px - 0.5
        at_seam = np.argwhere(np.abs(distance) < 0.5)
        shift = np.array([entry["bbox"][1] - top, entry["bbox"][0] - left])
        for point in rng.permutation(at_seam)[:POINTS_A_TARGET]:
            pair = [cut(origin[0], point, side), cut(scene, point + shift, side), cut(distance, point, side)]
            if all(part is not None for part in pair):
                rows += [(pair[0], pair[2], False, entry["cut_from"]["group"])]
                rows += [(pair[1], pair[2], True, entry["cut_from"]["group"])]
    pixels, distances, is_composed, groups = (np.array(column) for column in zip(*rows, strict=True))
    beyond = np.where(distances > 0, pixels, np.nan)
    return Crops(pixels / np.nanmean(beyond, axis=(1, 2), keepdims=True), distances, is_composed, groups)


def starts(mask: NDArray[np.bool_], left: int, top: int) -> bool:
    return bool(mask.any(axis=0).argmax() == left and mask.any(axis=1).argmax() == top)


def distance_to(mask: NDArray[np.bool_]) -> Floats:
    return cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)


def cut(pixels: Floats, middle: NDArray[np.int64], side: int) -> Floats | None:
    top, left = middle - side // 2
    part = pixels[max(0, top) : top + side, max(0, left) : left + side]
    return part if part.shape == (side, side) and min(top, left) >= 0 else None


def profiles(crops: Crops) -> Floats:
    """Return features ``(N, F)``: logarithms of level, variation and differences in belts of distance from the seam."""
    pixels, features = crops.pixels.astype(np.float64), []
    planes = [
        pixels,
        (pixels - cv2_blur(pixels)) ** 2,
        np.diff(pixels, axis=2, append=pixels[:, :, -1:]) ** 2,
        np.diff(pixels, axis=1, append=pixels[:, -1:]) ** 2,
    ]
    for start in range(-REACH_PX, REACH_PX, 2):
        belt = (crops.distance >= start) & (crops.distance < start + 2)
        area = np.maximum(belt.sum(axis=(1, 2)), 1)
        features += [np.log((plane * belt).sum(axis=(1, 2)) / area + 1e-3) for plane in planes]
    return np.stack(features, axis=1).astype(np.float32)


def cv2_blur(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([cv2.blur(each, (3, 3)) for each in pixels])


def by_profiles(learnt: Crops, asked: Crops) -> NDArray[np.float64]:
    first, second = profiles(learnt), profiles(asked)
    mean, deviation = first.mean(axis=0), first.std(axis=0) + 1e-6
    classifier = fit_logistic((first - mean) / deviation, learnt.is_composed.astype(np.int64), 2, c=0.01)
    return classifier.logits((second - mean) / deviation) @ [-1, 1]


def by_network(learnt: Crops, asked: Crops, epochs: int = 12) -> NDArray[np.float64]:
    torch.manual_seed(0)
    width = 16
    network = torch.nn.Sequential(
        *(torch.nn.Conv2d(2, width, 3), torch.nn.BatchNorm2d(width), torch.nn.ReLU()),
        *(torch.nn.Conv2d(width, width, 3, stride=2), torch.nn.BatchNorm2d(width), torch.nn.ReLU()),
        *(torch.nn.Conv2d(width, 2 * width, 3, stride=2), torch.nn.BatchNorm2d(2 * width), torch.nn.ReLU()),
        *(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Dropout(0.3), torch.nn.Linear(2 * width, 1)),
    )
    optimizer = torch.optim.AdamW(network.parameters(), 3e-3, weight_decay=1e-2)
    inputs, labels = tensors(learnt), torch.from_numpy(learnt.is_composed.astype(np.float32))
    for _ in range(epochs):
        for rows in torch.randperm(len(inputs)).split(64):
            optimizer.zero_grad()
            flips = [axis for axis in (2, 3) if torch.rand(()) < 0.5]
            logits = network(inputs[rows].flip(flips))[:, 0]
            torch.nn.functional.binary_cross_entropy_with_logits(logits, labels[rows]).backward()
            optimizer.step()
    network.eval()
    with torch.inference_mode():
        return network(tensors(asked))[:, 0].double().numpy()


def tensors(crops: Crops) -> torch.Tensor:
    planes = np.log(crops.pixels + 0.05), np.clip(crops.distance / REACH_PX, -2, 2)
    return torch.from_numpy(np.stack(planes, axis=1).astype(np.float32))


def auroc(scores: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    positives = int(labels.sum())
    above = rankdata(scores)[labels].sum() - positives * (positives + 1) / 2
    return float(above / (positives * (len(labels) - positives)))


def interval(scores: NDArray[np.float64], crops: Crops) -> tuple[float, float]:
    """Return the 95 % interval of a bootstrap over the scenes that targets come from."""
    rows = defaultdict(list)
    for row, group in enumerate(crops.groups):
        rows[group].append(row)
    clusters, rng = list(rows.values()), np.random.default_rng(0)
    drawn = []
    for _ in range(RESAMPLES):
        chosen = np.concatenate([clusters[index] for index in rng.integers(0, len(clusters), len(clusters))])
        drawn.append(auroc(scores[chosen], crops.is_composed[chosen]))
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)


def told(scores: NDArray[np.float64], crops: Crops) -> str:
    low, high = interval(scores, crops)
    holds = "holds .5" if low <= 0.5 <= high else f".5 is {min(abs(low - 0.5), abs(high - 0.5)):.3f} away"
    return f"{auroc(scores, crops.is_composed):.3f} [{low:.3f}, {high:.3f}], {holds}"


def measure(pair: str, arguments: argparse.Namespace) -> None:
    changes = [*("targets.source.splits={train: 0.5, test: 0.5}", "objects={least: 6, most: 12}"), *arguments.set]
    recipe = load_recipe(RECIPES / f"{pair}.yaml", ComposeRecipe, [*changes, "scenes={train: 1, test: 1}"])
    if not recipe.targets.source.images.is_dir():
        print(f"{pair}: {recipe.targets.source.images} is not there; left out")
        return
    side = 24 if pair == "opensarship" else 32
    scenes = arguments.scenes or max(8, arguments.crops // 25)
    with tempfile.TemporaryDirectory() as folder:
        recipe = recipe.model_copy(update={"scenes": {"train": scenes, "test": scenes}})
        out = compose(recipe, Path(folder) / "scenes", arguments.workers)
        learnt, asked = (crops_of(out, recipe, split, arguments.crops, side) for split in ("train", "test"))
    groups = len(set(asked.groups))
    counts = f"{len(asked.pixels)} crops of {side} px from {groups} scenes, learnt from {len(learnt.pixels)} of others"
    print(f"{pair}: {counts}")
    print(f"  by profiles  AUROC {told(by_profiles(learnt, asked), asked)}")
    print(f"  by network   AUROC {told(by_network(learnt, asked), asked)}", flush=True)


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    known = sorted(path.stem for path in RECIPES.glob("*.yaml"))
    parser.add_argument("pairs", nargs="*", default=known, metavar="PAIR")
    parser.add_argument("--crops", type=int, default=1000)
    parser.add_argument("--scenes", type=int, help="Scenes a split; as many as the crops need where absent.")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--set", action="append", default=[], help="Recipe field to change.")
    arguments = parser.parse_args(given)
    if unknown := [pair for pair in arguments.pairs if pair not in known]:
        parser.error(f"{unknown[0]}: there are {', '.join(known)}")
    tell(Loudness.QUIET)
    for pair in arguments.pairs:
        measure(pair, arguments)


if __name__ == "__main__":
    main()

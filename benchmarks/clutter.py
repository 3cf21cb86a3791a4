"""Statistics of real clutter, from which the simulator takes its textures and the sampling of its sensors.

For each class of the single-look patches of Sentinel-1 and TerraSAR-X (``slc_landcover8``, ``slc_tsx5``), for the rows
above MSTAR's vehicles, and for sea without ships in SSDD: the level and its spread over patches; the order nu of the K
distribution (2 / (m - 2), where m is the mean of the squared intensity by the square of its mean); and how intensity is
correlated with its neighbours along columns and along rows. A neighbour shares speckle and texture; from four pixels on
texture alone is left. Bytes are taken as linear in amplitude. Figures are medians over patches.

Run: ``python benchmarks/clutter.py [--data ../shared/data]``. What is not there is left out, and said.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sarvl.imagery import read_image

PATCHES, SIDE, STEP, MARGIN = 80, 96, 48, 20
LAGS = (1, 2, 4, 8, 12)
Intensity = NDArray[np.float64]


def drawn(items: Sequence[Path]) -> list[Path]:
    """Return up to 80 items, always the same."""
    order = np.random.default_rng(0).permutation(len(items))[:PATCHES]
    return [items[index] for index in order]


def correlation(patch: Intensity) -> NDArray[np.float64]:
    """Return the correlation of a patch with itself at each lag, (2, lags): along columns, along rows."""
    deviation = patch - patch.mean()
    variance = np.mean(deviation**2)
    return np.array(
        [
            [np.mean(deviation[:, lag:] * deviation[:, :-lag]) / variance for lag in LAGS],
            [np.mean(deviation[lag:] * deviation[:-lag]) / variance for lag in LAGS],
        ]
    )


def print_statistics(name: str, patches: Sequence[Intensity]) -> None:
    levels = 10 * np.log10([patch.mean() for patch in patches])
    moment = float(np.median([np.mean(patch**2) / patch.mean() ** 2 for patch in patches]))
    order = f"{2 / (moment - 2):.2f}" if moment > 2 else "none"
    along, across = np.median([correlation(patch) for patch in patches], axis=0).round(2).tolist()
    low, middle, high = np.percentile(levels, [10, 50, 90])
    spread = (high - low) / 2.56  # of a normal distribution
    print(f"{name:34s} {len(patches):4d} {middle:7.1f} {spread:6.1f} {moment:8.2f} {order:>7s}  {along}  {across}")


def single_look(folder: Path) -> Iterator[tuple[str, list[Intensity]]]:
    """Yield name and patches of each class of a folder; intensity is relative to full scale."""
    for group in sorted(path for path in folder.iterdir() if path.is_dir()):
        if files := drawn(sorted(group.rglob("*.tif*"))):
            images = [read_image(path, "amplitude") for path in files]
            yield group.name, [(image.pixels[0].astype(float) / (image.full_scale or 1)) ** 2 for image in images]


def fields_of_mstar(folder: Path) -> list[Intensity]:
    """Return the 32 rows at the top of chips, where no vehicle stands."""
    files = drawn(sorted((folder / "images").rglob("*.jp*g")))
    return [cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)[:32].astype(float) ** 2 for path in files]


def sea_of_ssdd(folder: Path) -> list[Intensity]:
    """Return the darkest square of each picture that has no ship in it or near it, where it looks like sea."""
    document = json.loads((folder / "coco.json").read_text())
    boxes: dict[int, list[list[float]]] = {}
    for annotation in document["annotations"]:
        boxes.setdefault(annotation["image_id"], []).append(annotation["bbox"])
    names = {Path(image["file_name"]).name: image["id"] for image in document["images"]}
    patches = []
    for path in sorted((folder / "images").rglob("*.jpg")):
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).astype(float)
        squares = list(empty_squares(picture, boxes.get(names.get(path.name, -1), [])))
        darkest = min(squares, key=np.mean, default=None)
        if darkest is not None and darkest.mean() > 3 and darkest.std() < 0.9 * darkest.mean():
            patches.append(darkest**2)
    return patches


def empty_squares(picture: Intensity, boxes: Sequence[Sequence[float]]) -> Iterator[Intensity]:
    for top in range(0, picture.shape[0] - SIDE, STEP):
        for left in range(0, picture.shape[1] - SIDE, STEP):
            clear = all(
                left + SIDE + MARGIN < x or x + width + MARGIN < left or top + SIDE + MARGIN < y or y + height < top
                for x, y, width, height in boxes
            )
            if clear:
                yield picture[top : top + SIDE, left : left + SIDE]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    data = parser.parse_args().data
    print(f"{'':34s}    n   dB   spread  moment   order  correlation at {LAGS} px along columns, along rows")
    for name in ("slc_landcover8", "slc_tsx5"):
        if (data / name).is_dir():
            for group, patches in single_look(data / name):
                print_statistics(f"{name}/{group}", patches)
        else:
            print(f"{data / name} is not there; left out")
    for name, read in (("mstar_soc10", fields_of_mstar), ("ssdd", sea_of_ssdd)):
        if (data / name).is_dir():
            print_statistics(name, read(data / name))
        else:
            print(f"{data / name} is not there; left out")


if __name__ == "__main__":
    main()

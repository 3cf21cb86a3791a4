"""What a pixel is in some images: as far as the files say it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sarvl.discovery.folder import spread
from sarvl.errors import ImageError, UnknownQuantityError
from sarvl.imagery import read_image

_LOOKED_INTO = 24


@dataclass(frozen=True)
class PixelFacts:
    """What some images, evenly spread, say of their pixels.

    quantities: how many are of each quantity that their file tells. unknown: what the reader says of the first file
    that does not tell it. bands: the band names, and how many have them.
    """

    looked_into: int
    quantities: Counter[str]
    unknown: str | None
    unreadable: int
    bands: Counter[tuple[str, ...]]


def pixel_facts(paths: Sequence[Path]) -> PixelFacts:
    """Read some of the images whole."""
    chosen = [Path(path) for path in spread(sorted(map(str, paths)), _LOOKED_INTO)]
    quantities: Counter[str] = Counter()
    bands: Counter[tuple[str, ...]] = Counter()
    unknown, unreadable = None, 0
    for path in chosen:
        try:
            image = read_image(path)
        except UnknownQuantityError as problem:
            unknown = unknown or str(problem).removeprefix(f"{path}: ").partition(";")[0]
        except ImageError:
            unreadable += 1
        else:
            quantities[str(image.quantity)] += 1
            bands[image.bands] += 1
    return PixelFacts(len(chosen), quantities, unknown, unreadable, bands)

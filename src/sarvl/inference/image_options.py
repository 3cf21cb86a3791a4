"""ImageOptions: how image files are read and shown to a model, the same for all that asks a model about them."""

from collections.abc import Sequence
from typing import TypedDict

from sarvl.imagery import Quantity, Reading


class ImageOptions(TypedDict, total=False):
    """Each may be left out."""

    quantity: Quantity | str | None
    """What a pixel is, as for ``read_image``; so are ``bands`` and ``nodata``."""
    bands: Sequence[str] | None
    """Names, or numbers from "1", of the bands to keep."""
    nodata: Sequence[str | float] | None
    """Values of pixels without a measurement."""
    device: str | None
    """Where the model computes, such as ``cuda:1``; where it was loaded by default."""
    batch_size: int | None
    """Files that the model sees at once; 64 by default."""
    workers: int | None
    """Processes that read files; all cores by default."""


def reading_of(options: ImageOptions) -> Reading:
    """Return how a file is read; raises TypeError for an option that there is not, as a call of a function does."""
    unknown = options.keys() - ImageOptions.__annotations__
    if unknown:
        raise TypeError(f"no option {sorted(unknown)[0]!r}; there are {', '.join(ImageOptions.__annotations__)}")
    bands, nodata = options.get("bands"), options.get("nodata")
    return Reading(options.get("quantity"), tuple(bands) if bands else None, tuple(map(str, nodata or ())))

"""InputContract: how any image becomes the bytes that a model sees; stored with the weights."""

import json
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sarvl.errors import ImageError
from sarvl.files import sha256_of
from sarvl.imagery.bands import BandContract, ContractPart, picture_bands
from sarvl.imagery.earlier_contracts import fields_of_version_1, fields_of_version_2
from sarvl.imagery.frames import Frame, Square
from sarvl.imagery.planes import BandPlanes, planes_of
from sarvl.imagery.prepared import Prepared
from sarvl.imagery.sar_image import Quantity, SarImage


class InputContract(ContractPart):
    """What a model takes, and how an image is brought to it. Those of version 1 and 2 are read as this one."""

    version: Literal[3] = 3
    """Of this form."""
    bands: tuple[BandContract, ...] = Field(min_length=1)
    """The channels of the first layer, in order."""
    frame: Frame
    """How the image becomes tiles: ``square``, ``tiled`` or ``patches``."""
    accepts: tuple[Quantity, ...] = tuple(Quantity)
    """Quantities that may be brought to the contract."""

    @classmethod
    def of_pictures(cls, size: int, mean: tuple[float, ...], std: tuple[float, ...], **band: Any) -> Self:
        """Return the contract of a model of squares of ``size`` pixels with one band (grey) or three (see ``Place``).

        mean, std: one value a band. band: further fields that all bands share.
        """
        return cls(bands=picture_bands(mean, std, **band), frame=Square(size=size))

    @model_validator(mode="before")
    @classmethod
    def _of_earlier_version(cls, value: Any) -> Any:
        if isinstance(value, dict) and value and not value.keys() & {"version", "bands", "frame"}:
            return fields_of_version_1(value)
        if isinstance(value, dict) and value.get("version") == 2:
            return fields_of_version_2(value)
        return value

    @property
    def mean(self) -> tuple[float, ...]:
        """The mean of each band, on the scale of byte / 255."""
        return tuple(band.mean for band in self.bands)

    @property
    def std(self) -> tuple[float, ...]:
        """The standard deviation of each band, on the scale of byte / 255."""
        return tuple(band.std for band in self.bands)

    def with_statistics(self, mean: tuple[float, ...], std: tuple[float, ...]) -> Self:
        """Return the contract with another mean and standard deviation of each band."""
        given = zip(self.bands, mean, std, strict=True)
        bands = tuple(band.model_copy(update={"mean": middle, "std": spread}) for band, middle, spread in given)
        return self.model_copy(update={"bands": bands})

    def planes_of(self, image: SarImage) -> int:
        """Return how many planes tiles of ``image`` have; ImageError where it lacks a band."""
        return len(planes_of(self.bands, image))

    def check(self, image: SarImage) -> None:
        """Raise ImageError for a quantity that the contract does not accept, and for an image that lacks its bands."""
        if image.quantity not in self.accepts:
            takes = ", ".join(self.accepts)
            raise ImageError(
                f"{image.name}: {image.quantity} pixels, but the model takes {takes}; convert the image first"
            )
        self.planes_of(image)

    def digest(self) -> str:
        """Return the SHA-256 (64 hexadecimal digits) of the contract as canonical JSON."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return sha256_of(canonical.encode())

    def prepare(self, image: SarImage, gain_db: float = 0.0) -> Prepared:
        """Return the image as the tiles of the contract; ``BandPlanes`` says how its bytes are made.

        gain_db: makes it brighter, or darker where negative, before its values become bytes.

        Raises ImageError for a quantity that the contract does not accept, and for an image that lacks its bands.
        """
        self.check(image)
        frame = self.frame
        bands = BandPlanes(
            image, self.bands, frame.interpolation, frame.fill, gain_db=gain_db, antialias=frame.antialias
        )
        layout = frame.layout(image.width, image.height)
        tiles = []
        for view in layout.views:
            planes = bands.at(view.width, view.height)
            tiles += [_cut(planes, corner, frame.side, frame.fill) for corner in view.corners.tolist()]
        return Prepared(np.stack(tiles), layout.offsets(frame.side, image.width, image.height), layout.grid)


def _cut(planes: NDArray[np.uint8], corner: list[int], side: int, fill: int) -> NDArray[np.uint8]:
    """Return the tile ``(C, side, side)`` at (x, y) of planes ``(C, H, W)``; what lies outside them is ``fill``."""
    x, y = corner
    inside = planes[:, max(y, 0) : y + side, max(x, 0) : x + side]
    if inside.shape[1:] == (side, side):
        return inside
    tile = np.full((len(planes), side, side), fill, np.uint8)
    tile[:, max(-y, 0) : max(-y, 0) + inside.shape[1], max(-x, 0) : max(-x, 0) + inside.shape[2]] = inside
    return tile

"""Bands of an input contract: where each comes from, and the range, curve and statistics that it has of its own."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sarvl.errors import ImageError
from sarvl.imagery.sar_image import Quantity, SarImage

Range = tuple[float, float]
Curve = Literal["amplitude", "decibel"]


class ContractPart(BaseModel):
    """Base of the parts of a contract."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Mix(NamedTuple):
    """A sum of bands of an image in decibels, or of a picture's three colours; one band of weight 1 is itself."""

    bands: tuple[int, ...]
    weights: tuple[float, ...]

    @classmethod
    def of(cls, band: int) -> "Mix":
        """Return one band as it is."""
        return cls((band,), (1.0,))


LUMA = Mix((0, 1, 2), (0.299, 0.587, 0.114))
"""Brightness of red, green and blue bytes (ITU-R BT.601)."""


class Grey(ContractPart):
    """The only band of an image; of a picture in three colours, its brightness."""

    kind: Literal["grey"] = "grey"
    """Tells this from the others."""

    def mix(self, image: SarImage) -> Mix:
        """Return what this is of ``image``; ImageError where the image has other bands."""
        if len(image.bands) == 3 and image.quantity is Quantity.DISPLAY:
            return LUMA
        if len(image.bands) != 1:
            raise _wrong_count(image, "one band")
        return Mix.of(0)


class Place(ContractPart):
    """The band at one place of an image of three; of an image of one band, that band."""

    kind: Literal["place"] = "place"
    """Tells this from the others."""
    place: int = Field(ge=0, le=2)
    """Counted from 0."""

    def mix(self, image: SarImage) -> Mix:
        """Return what this is of ``image``; ImageError where the image has other bands."""
        if len(image.bands) not in {1, 3}:
            raise _wrong_count(image, "one band or three")
        return Mix.of(self.place if len(image.bands) == 3 else 0)


class Named(ContractPart):
    """The band of one name."""

    kind: Literal["named"] = "named"
    """Tells this from the others."""
    band: str = Field(min_length=1)
    """Such as VV."""

    def mix(self, image: SarImage) -> Mix:
        """Return what this is of ``image``; ImageError where it has no such band."""
        return Mix.of(_place_of(self.band, image))


class Mean(ContractPart):
    """The mean of bands in decibels."""

    kind: Literal["mean"] = "mean"
    """Tells this from the others."""
    bands: tuple[str, ...] = Field(min_length=2)
    """Names of the bands, such as VV and VH."""

    def mix(self, image: SarImage) -> Mix:
        """Return what this is of ``image``; ImageError where it lacks a band, or is a picture."""
        _check_physical(image, f"the mean of {' and '.join(self.bands)}")
        count = len(self.bands)
        return Mix(tuple(_place_of(band, image) for band in self.bands), (1 / count,) * count)


class Difference(ContractPart):
    """The decibels of one band less those of another: the ratio of their intensities."""

    kind: Literal["difference"] = "difference"
    """Tells this from the others."""
    band: str = Field(min_length=1)
    """Such as VV."""
    less: str = Field(min_length=1)
    """The band that is taken away, such as VH."""

    def mix(self, image: SarImage) -> Mix:
        """Return what this is of ``image``; ImageError where it lacks a band, or is a picture."""
        _check_physical(image, f"{self.band} less {self.less}")
        return Mix((_place_of(self.band, image), _place_of(self.less, image)), (1.0, -1.0))


Source = Annotated[Grey | Place | Named | Mean | Difference, Field(discriminator="kind")]


_RANGE_FIELDS = {"range_db", "range_db_full_scale", "curve", "curve_full_scale"}


class BandContract(ContractPart):
    """One band of a model's input, and how bytes are made of it."""

    name: str = Field(min_length=1)
    """What it is called."""
    source: Source
    """What it is made of."""
    range_db: Range = (-40.0, 0.0)
    """Decibels at which bytes are cut, for physical units; the upper end is byte 255."""
    range_db_full_scale: Range = (-80.0, -18.0)
    """The same for digital numbers, whose decibels are relative to full scale."""
    curve: Curve = "amplitude"
    """What a byte is linear in between the ends: ``amplitude`` looks like a photograph to towers that were trained on
    photographs; ``decibel`` keeps more of the dark."""
    curve_full_scale: Curve | None = None
    """The same for digital numbers; as ``curve`` where absent."""
    mean: float
    """Mean on the scale of byte / 255."""
    std: float = Field(gt=0)
    """Standard deviation on the scale of byte / 255."""

    @property
    def has_default_range(self) -> bool:
        """Whether ranges and curve are those that a band has which nobody gave any."""
        return not self.model_dump(include=_RANGE_FIELDS, exclude_defaults=True)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.range_db[0] >= self.range_db[1] or self.range_db_full_scale[0] >= self.range_db_full_scale[1]:
            raise ValueError("a range in dB needs its lower end first")
        return self


def picture_bands(mean: Sequence[float], std: Sequence[float], **shared: Any) -> tuple[BandContract, ...]:
    """Return the bands of a model of pictures: one grey, or three that take red, green and blue or one band thrice.

    mean, std: one value a band. shared: further fields that all have in common.
    """
    names = ("grey",) if len(mean) == 1 else ("red", "green", "blue")
    sources: list[Source] = [Grey()] if len(mean) == 1 else [Place(place=place) for place in range(3)]
    return tuple(
        BandContract(name=name, source=source, mean=middle, std=spread, **shared)
        for name, source, middle, spread in zip(names, sources, mean, std, strict=True)
    )


def _place_of(band: str, image: SarImage) -> int:
    if band not in image.bands:
        there = ", ".join(image.bands)
        raise ImageError(f"{image.name}: no band {band}, which the model takes; it has {there}; choose with `bands`")
    return image.bands.index(band)


def _check_physical(image: SarImage, wanted: str) -> None:
    if image.quantity is Quantity.DISPLAY:
        raise ImageError(f"{image.name}: display bytes have no decibels for {wanted}; read the original data")


def _wrong_count(image: SarImage, takes: str) -> ImageError:
    names = ", ".join(image.bands)
    return ImageError(
        f"{image.name}: {len(image.bands)} bands ({names}), but the model takes {takes}; choose with `bands`"
    )

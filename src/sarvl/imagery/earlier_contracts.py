"""Earlier versions of the input contract, which checkpoints hold; both average display bytes by area.

Version 1 is one square, and one range and curve for all bands.
"""

from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from sarvl.imagery.bands import ContractPart, Range, picture_bands
from sarvl.imagery.frames import Square
from sarvl.imagery.sar_image import Quantity


class _Version1(ContractPart):
    size: int = Field(ge=1)
    channels: Literal[1, 3]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    curve: Literal["amplitude", "decibel"] = "amplitude"
    range_db: Range = (-40.0, 0.0)
    range_db_full_scale: Range = (-80.0, -18.0)
    accepts: tuple[Quantity, ...] = tuple(Quantity)
    resize: Literal["squash", "pad"] = "squash"

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(self.mean) != self.channels or len(self.std) != self.channels:
            raise ValueError(f"mean and std need one value for each of {self.channels} channels")
        return self


def fields_of_version_1(value: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a contract that makes the same bytes as ``value``, which has no ``version``.

    Raises ValueError where it is no contract of version 1.
    """
    try:
        old = _Version1.model_validate(value)
        shared = {"curve": old.curve, "range_db": old.range_db, "range_db_full_scale": old.range_db_full_scale}
        bands = picture_bands(old.mean, old.std, **shared)
    except ValidationError as problem:
        first = problem.errors()[0]
        raise ValueError(
            f"{'.'.join(map(str, first['loc']))}: {first['msg']}, in version 1 of the contract"
        ) from problem
    return {"bands": bands, "frame": Square(size=old.size, resize=old.resize, antialias=False), "accepts": old.accepts}


def fields_of_version_2(value: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a contract that makes the same bytes as ``value`` of version 2."""
    fields = {**value, "version": 3}
    if isinstance(frame := value.get("frame"), dict):
        if "antialias" in frame:
            raise ValueError("frame.antialias: no such field in version 2 of the contract")
        fields["frame"] = {**frame, "antialias": False}
    return fields

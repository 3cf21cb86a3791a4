"""Earlier versions of the contract: checkpoints hold them, and get the bytes that they were trained on."""

import json
from typing import Any

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from sarvl.imagery import InputContract, Quantity, SarImage, to_decibel, to_intensity

# As sarvl.json of version 0.1 has it.
VERSION_1 = json.loads(
    """{"size": 24, "channels": 3, "mean": [0.1, 0.2, 0.3], "std": [0.4, 0.5, 0.6], "curve": "amplitude",
    "range_db": [-30.0, 3.0], "range_db_full_scale": [-70.0, -20.5],
    "accepts": ["complex", "amplitude", "intensity", "decibel", "display"], "resize": "squash"}"""
)


def bytes_of_version_1(contract: dict[str, Any], image: SarImage) -> np.ndarray:
    """Return what version 0.1 made of an image: (1, S, S) or (3, S, S)."""
    size = contract["size"]
    width = height = size
    if contract["resize"] == "pad":
        scale = size / max(image.width, image.height)
        width, height = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    make = display_of_version_1 if image.quantity is Quantity.DISPLAY else physical_of_version_1
    planes = make(contract, image, width, height)
    framed = np.zeros((len(planes), size, size), np.uint8)
    top, left = (size - height) // 2, (size - width) // 2
    framed[:, top : top + height, left : left + width] = planes
    return framed


def display_of_version_1(contract: dict[str, Any], image: SarImage, width: int, height: int) -> np.ndarray:
    pixels = image.pixels if image.nodata is None else np.where(image.nodata, np.uint8(0), image.pixels)
    if len(pixels) == 3 and contract["channels"] == 1:
        pixels = cv2.cvtColor(np.ascontiguousarray(pixels.transpose(1, 2, 0)), cv2.COLOR_RGB2GRAY)[None]
    return np.stack([grown(shrunk(band, width, height), width, height) for band in pixels])


def physical_of_version_1(contract: dict[str, Any], image: SarImage, width: int, height: int) -> np.ndarray:
    low, high = contract["range_db"] if image.full_scale is None else contract["range_db_full_scale"]
    intensity = to_intensity(image)
    valid = np.ones(image.pixels.shape[1:], np.float32)
    if image.nodata is not None:
        valid = (~image.nodata).astype(np.float32)
    share = shrunk(valid, width, height)
    averaged = [shrunk(band * valid, width, height) / np.where(share > 0, share, 1) for band in intensity.pixels]
    decibels = to_decibel(intensity.with_pixels(np.stack(averaged), Quantity.INTENSITY), floor_db=low).pixels
    cut = np.minimum(decibels, high)
    if contract["curve"] == "decibel":
        curve = (cut - np.float32(low)) / np.float32(high - low)
    else:
        curve = np.power(np.float32(10), (cut - np.float32(high)) / np.float32(20))
    scaled = np.stack([grown(band, width, height) for band in np.where(share > 0, 255 * curve, 0)])
    measured = cv2.resize(share, (width, height), interpolation=cv2.INTER_NEAREST) > 0
    return np.where(measured, np.rint(scaled), 0).astype(np.uint8)


def shrunk(plane: np.ndarray, width: int, height: int) -> np.ndarray:
    size = min(plane.shape[1], width), min(plane.shape[0], height)
    return plane if size == plane.shape[::-1] else cv2.resize(plane, size, interpolation=cv2.INTER_AREA)


def grown(plane: np.ndarray, width: int, height: int) -> np.ndarray:
    if plane.shape == (height, width):
        return plane
    return cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR)


def images(bands: int) -> list[SarImage]:
    """Return images of every kind of pixel, larger and smaller than the square, with and without holes."""
    rng, found = np.random.default_rng(0), []
    for height, width in ((50, 33), (24, 24), (7, 90), (9, 9)):
        names, holes = ("red", "green", "blue")[:bands], rng.random((height, width)) < 0.3
        intensity = rng.gamma(1, 0.1, (bands, height, width)).astype(np.float32)
        intensity[0, 0] = 0
        for nodata in (None, holes):
            found += [
                SarImage(intensity, Quantity.INTENSITY, names, nodata=nodata),
                SarImage(intensity * 9000, Quantity.AMPLITUDE, names, full_scale=65535.0, nodata=nodata),
                SarImage((100 * intensity).clip(0, 255).astype(np.uint8), Quantity.DISPLAY, names, nodata=nodata),
            ]
    return found


@pytest.mark.parametrize("curve", ["amplitude", "decibel"])
@pytest.mark.parametrize("resize", ["squash", "pad"])
@pytest.mark.parametrize(("channels", "bands"), [(3, 1), (3, 3), (1, 1), (1, 3)])
def test_a_contract_of_version_1_makes_the_same_bytes(curve, resize, channels, bands):
    statistics = {"mean": VERSION_1["mean"][:channels], "std": VERSION_1["std"][:channels]}
    old = VERSION_1 | statistics | {"channels": channels, "curve": curve, "resize": resize}
    contract = InputContract.model_validate_json(json.dumps(old))
    assert (list(contract.mean), list(contract.std)) == (old["mean"], old["std"])
    for image in images(bands):
        if channels < bands and image.quantity is not Quantity.DISPLAY:
            continue  # refused, then as now
        np.testing.assert_array_equal(contract.prepare(image).tiles, bytes_of_version_1(old, image)[None])


def version_2(**frame: Any) -> dict[str, Any]:
    """Return the fields of a contract as version 2 wrote them."""
    band = {"name": "grey", "source": {"kind": "grey"}, "curve": "amplitude", "mean": 0.5, "std": 0.5}
    return {"version": 2, "bands": [band], "frame": frame, "accepts": ["display"]}


def test_it_is_written_as_version_3():
    contract = InputContract.model_validate(VERSION_1)
    again = json.loads(contract.model_dump_json())
    assert (again["version"], again["frame"]["kind"], again["frame"]["antialias"]) == (3, "square", False)
    assert InputContract.model_validate(again) == contract


@pytest.mark.parametrize(
    "frame",
    [
        {"kind": "square", "size": 24, "resize": "pad", "interpolation": "linear", "fill": 7},
        {"kind": "tiled", "tile": 24, "most_tiles": 2, "thumbnail": "squash", "interpolation": "linear", "fill": 0},
    ],
)
def test_a_contract_of_version_2_averages_display_bytes_by_area(frame):
    contract = InputContract.model_validate(version_2(**frame))
    image = next(image for image in images(1) if image.quantity is Quantity.DISPLAY)
    first = contract.prepare(image).tiles[0, 0]  # of 24 x 24, from 50 x 33
    if frame["kind"] == "square":
        first = first[:, 4:20]
    expected = cv2.resize(image.pixels[0], first.shape[::-1], interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(first, expected)
    assert json.loads(contract.model_dump_json())["version"] == 3


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"frame": {"kind": "square", "size": 8, "antialias": True}}, r"frame\.antialias"), ({"frame": 3}, "frame")],
)
def test_a_wrong_field_of_version_2_is_named(change, reason):
    with pytest.raises(ValidationError, match=reason):
        InputContract.model_validate(version_2() | change)


def test_a_missing_frame_of_version_2_is_named():
    fields = version_2()
    del fields["frame"]
    with pytest.raises(ValidationError, match="frame\n  Field required"):
        InputContract.model_validate(fields)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"size": 0}, "size: .*version 1"),
        ({"channels": 2}, "channels: .*version 1"),
        ({"mean": (0.5, 0.5)}, "one value for each of 3 channels"),
        ({"std": (0.0, 1.0, 1.0)}, "std: .*version 1"),
        ({"range_db": (10, -30)}, "lower end first"),
        ({"accepts": ("radar",)}, "accepts"),
        ({"resize": "crop"}, "resize"),
        ({"curve": "gamma"}, "curve"),
        ({"colour": True}, "colour: .*version 1"),
    ],
)
def test_a_wrong_field_is_named(change, reason):
    with pytest.raises(ValidationError, match=reason):
        InputContract.model_validate(VERSION_1 | change)

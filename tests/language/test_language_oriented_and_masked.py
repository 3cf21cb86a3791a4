"""Captions of real oriented boxes (SSDD) and real masks of targets and shadows (MSTAR)."""

from collections import Counter
from pathlib import Path
from xml.etree.ElementTree import Element

import cv2
import numpy as np
import pytest
from defusedxml.ElementTree import parse
from language_examples import annotated, ground, rich

from sarvl.annotations import AnnotatedImage, AnnotatedObject, Box, Corners
from sarvl.language import describe, verify
from sarvl.language.geometry.oriented_box import orientation_of

LEAST_PIECE_PX = 16


@pytest.fixture(scope="module")
def ssdd(shared_data: Path) -> list[AnnotatedImage]:
    return [oriented_image(path) for path in sorted((shared_data / "ssdd" / "voc").glob("*.xml"))]


def oriented_image(path: Path) -> AnnotatedImage:
    root = parse(path).getroot()
    objects = []
    for item in root.iter("object"):
        box = Box(*[float(item.findtext(f"bndbox/{edge}")) for edge in ("xmin", "ymin", "xmax", "ymax")])
        objects.append(AnnotatedObject(item.findtext("name"), box, corners_of(item)))
    width, height = int(root.findtext("size/width")), int(root.findtext("size/height"))
    return rich(objects, width, height, file=root.findtext("filename"), spacing_m=(3.0, 3.0))


def test_every_statement_on_oriented_ships_verifies(ssdd):
    families = Counter()
    for image in ssdd:
        for statement in describe(image):
            assert verify(statement, image) == []
            families[statement.family] += 1
    assert families["orientation"] > 0.1 * sum(families.values())
    assert families["size"] > 0.05 * sum(families.values())


def test_orientations_agree_with_the_angles_that_the_files_give(shared_data):
    compared = 0
    for path in sorted((shared_data / "ssdd" / "voc").glob("*.xml")):
        for item in parse(path).getroot().iter("object"):
            lies, degrees = orientation_of(corners_of(item)), long_axis_degrees(item)
            if lies is not None and abs(degrees % 45 - 22.5) > 5:  # corners are rounded to whole pixels
                assert lies == ("horizontal", "rising", "vertical", "falling")[round(degrees / 45) % 4]
                compared += 1
    assert compared > 1000


def corners_of(item: Element) -> Corners:
    return tuple(float(item.findtext(f"rotated_bndbox/{axis}{corner}")) for corner in (1, 2, 3, 4) for axis in "xy")


def long_axis_degrees(item: Element) -> float:
    """Counter-clockwise from the right; theta is the turn of the first side, clockwise."""
    width, height, theta = (float(item.findtext(f"rotated_bndbox/rotated_bbox_{name}")) for name in ("w", "h", "theta"))
    return (180 - theta if width >= height else 90 - theta) % 180


@pytest.fixture(scope="module")
def mstar(shared_data: Path) -> list[AnnotatedImage]:
    masks = sorted((shared_data / "mstar_soc10" / "masks").glob("*/*.png"))[::12]
    return [masked_chip(path) for path in masks]


def masked_chip(path: Path) -> AnnotatedImage:
    mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    shares = {name: float((mask == value).mean()) for value, name in enumerate(("clutter", "target", "shadow"))}
    objects = pieces(mask == 1, "target") + pieces(mask == 2, "shadow")
    label = f"{path.parent.name.replace('_', ' ')} vehicle"
    height, width = mask.shape
    fields = {"label": label, "label_names": (label,), "land_cover": ground(**shares), "file": f"{label}/{path.name}"}
    return annotated(objects, width, height, **fields)


def pieces(mask: np.ndarray, class_name: str) -> list[tuple[str, tuple[float, float, float, float]]]:
    _, _, found, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return [
        (class_name, (float(x), float(y), float(x + width), float(y + height)))
        for x, y, width, height, area in found[1:]
        if area >= LEAST_PIECE_PX
    ]


def test_every_statement_on_masked_chips_verifies_and_names_no_bare_target(mstar):
    for image in mstar:
        for statement in describe(image):
            assert verify(statement, image) == []
            assert "target" not in statement.text


def test_shadows_of_real_targets_are_told_with_their_side(mstar):
    # In all of these chips the radar stands below: shadows fall upwards, and their boxes meet that of the target.
    sides, told = Counter(), 0
    for image in mstar:
        texts = [statement.text for statement in describe(image, captions=20, families=["radar_effects"])]
        told += any("its radar shadow" in text or "casts" in text for text in texts)
        sides.update({side for side in ("above it", "below it", "to its") if any(side in text for text in texts)})
    assert told > 0.9 * len(mstar)
    assert sides["above it"] > 0.75 * len(mstar)
    assert set(sides) == {"above it"}

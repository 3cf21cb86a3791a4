"""The bytes of each source on the data card: counted as a model sees them, with a warning where they are few."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
import yaml

from sarvl.corpus import Corpus, build, inspect
from sarvl.corpus.inspecting.byte_levels import byte_levels
from sarvl.corpus.inspecting.card import draw_card
from sarvl.corpus.inspecting.sections import sections_of
from sarvl.imagery.levels import levels_used

IMAGES = 8


def write(path: Path, pixels: np.ndarray) -> None:
    count, height, width = pixels.shape
    with rasterio.open(
        path, "w", driver="GTiff", count=count, height=height, width=width, dtype=pixels.dtype.name
    ) as file:
        file.write(pixels)


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """Hold dark uint16 amplitudes, two bands of intensity, a full picture, and one of few greys."""
    rng = np.random.default_rng(0)
    sources = []
    for name, quantity in (("dark", "amplitude"), ("dual", "intensity"), ("full", "display"), ("flat", "display")):
        for split, first in (("train", 0), ("test", 3 * IMAGES // 4)):
            folder = tmp_path / name / split / "water"
            folder.mkdir(parents=True)
            for number in range(first, IMAGES if split == "test" else 3 * IMAGES // 4):
                if name == "dark":
                    pixels = rng.rayleigh(120, (1, 64, 64)).astype(np.uint16)
                    write(folder / f"{number}.tif", pixels)
                elif name == "dual":
                    pixels = rng.exponential(0.02, (2, 64, 64)).astype(np.float32) * [[[1.0]], [[0.1]]]
                    write(folder / f"{number}.tif", pixels.astype(np.float32))
                else:
                    high = 256 if name == "full" else 12
                    cv2.imwrite(str(folder / f"{number}.png"), rng.integers(0, high, (128, 128), dtype=np.uint8))
            sources.append(
                {
                    "name": f"{name}{'' if split == 'train' else '_test'}",
                    "format": "folders",
                    "images": str(tmp_path / name / split),
                    "quantity": quantity,
                    "split": split,
                    "licence": "none",
                }
            )
    recipe = tmp_path / "corpus.yaml"
    recipe.write_text(yaml.safe_dump({"seed": 0, "sources": sources}))
    return build(recipe, tmp_path / "corpus", 1)


def test_levels_are_counted_as_a_model_sees_them_and_few_are_warned_of(corpus: Corpus, tmp_path: Path) -> None:
    inspection = inspect(corpus)
    found = {(item.source, item.band): item for item in inspection.byte_levels}
    bands = list(found)
    assert {source for source, _ in bands} == {
        name + end for name in ("dark", "dual", "full", "flat") for end in ("", "_test")
    }
    assert [band for source, band in bands if source == "dual"] == ["1", "2"]

    full, dark, flat = found["full", "gray"], found["dark", "1"], found["flat", "gray"]
    pictures = [cv2.imread(str(path), 0) for path in (tmp_path / "full" / "train").rglob("*.png")]
    assert full.fitted == full.default == np.bincount(np.concatenate(pictures).ravel(), minlength=256).tolist()
    assert full.levels == levels_used(np.array(full.fitted)) > 250
    assert full.mean == pytest.approx(np.mean(pictures))
    assert full.spread == pytest.approx(np.std(pictures))

    assert dark.default_levels < 64 < dark.levels
    assert found["dark_test", "1"].levels > 64  # in the ranges of the training split
    assert flat.levels == 12

    (section,) = (section for section in sections_of(inspection) if section.title == "Bytes that a model sees")
    assert len(section.rows) == len(found)
    assert "Under 64 levels are used: flat (gray), flat_test (gray). Read" in section.remark
    assert "in the default ranges, which models have that were not trained by sarvl: dark (1), dark_test (1)" in (
        section.remark
    )
    draw_card(corpus, inspection, tmp_path)
    assert "## Bytes that a model sees" in (tmp_path / "README.md").read_text()
    assert inspection.as_json()["byte_levels"][0]["source"] == "dark"


def test_images_that_are_gone_are_said(corpus: Corpus, tmp_path: Path) -> None:
    next((tmp_path / "dark" / "train").rglob("*.tif")).unlink()
    levels, unread = byte_levels(corpus, 1)
    assert unread == ["dark"]
    assert "dark_test" in {item.source for item in levels}
    (section,) = (section for section in sections_of(inspect(corpus)) if section.title == "Bytes that a model sees")
    assert section.remark.endswith("Not measured, since images cannot be read: dark.")


def test_any_number_of_workers_counts_alike(corpus: Corpus) -> None:
    assert byte_levels(corpus, 1) == byte_levels(corpus, 2)

"""A caption family of another package, as the documentation shows it, used by the command line."""

from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from plugins import install_documented, run_sarvl

from sarvl.errors import LanguageError
from sarvl.language import CAPTION_FAMILIES

RECIPE = """
sources:
  - {name: port, format: yolo, images: images, annotations: labels, split: train, quantity: display,
     options: {classes: [ship, tank]}}
"""


@pytest.fixture
def port(tmp_path: Path) -> Path:
    """A recipe of one image of three ships and one tank."""
    for name in ("images", "labels"):
        (tmp_path / name).mkdir()
    cv2.imwrite(str(tmp_path / "images" / "a.png"), np.arange(60 * 60, dtype=np.uint8).reshape(60, 60))
    boxes = ("0 .1 .1 .1 .1", "0 .3 .1 .1 .1", "0 .8 .8 .1 .1", "1 .5 .5 .1 .1")
    (tmp_path / "labels" / "a.txt").write_text("\n".join(boxes))
    (tmp_path / "corpus.yaml").write_text(RECIPE)
    return tmp_path


def texts_of(folder: Path, **columns: str) -> list[str]:
    rows = pq.read_table(folder / "corpus" / "texts.parquet").to_pylist()
    return [row["text"] for row in rows if all(row[name] == value for name, value in columns.items())]


def test_the_documented_caption_family_speaks_when_it_is_installed(port):
    install_documented(port / "site", "language.md", "A family of your own", "several")
    recipe, corpus = str(port / "corpus.yaml"), str(port / "corpus")
    wanted = ("--set", "captions={families: [several], per_image: 3}")
    printed = run_sarvl(port / "site", "build", recipe, "--out", corpus, "--workers", "1", *wanted)
    texts = texts_of(port, family="several", producer="rule:several")
    assert len(texts) == 3, printed
    assert all("several" in text for text in texts)
    assert "100.0 % (3 of 3, all)" in run_sarvl(port / "site", "inspect", corpus, "--workers", "1")


def test_a_family_that_is_not_installed_is_refused():
    with pytest.raises(LanguageError, match=r"no caption family 'several'; .*there are absence, absolute_region"):
        CAPTION_FAMILIES.get("several")

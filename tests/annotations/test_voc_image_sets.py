"""VOC image sets: the lists that put each image into its official split."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from sarvl.annotations import Source, read_source
from sarvl.errors import AnnotationError

BOX = "<bndbox><xmin>9</xmin><ymin>6</ymin><xmax>29</xmax><ymax>17</ymax></bndbox>"


def make_source(folder: Path, lists: dict[str, str], filename: str = "{}.jpg") -> Source:
    for name in ("images", "labels"):
        (folder / name).mkdir()
    for stem in ("0000001", "b", "c"):
        cv2.imwrite(str(folder / "images" / f"{stem}.jpg"), np.arange(40 * 60, dtype=np.uint8).reshape(40, 60))
        name = f"<filename>{filename.format(stem)}</filename>"
        text = f"<annotation>{name}<object><name>ship</name>{BOX}</object></annotation>"
        (folder / "labels" / f"{stem}.xml").write_text(text, encoding="utf-8")
    for split, text in lists.items():
        (folder / f"{split}.txt").write_text(text, encoding="utf-8")
    options = {"image_sets": {split: folder / f"{split}.txt" for split in lists}}
    return Source(
        name="s",
        format="voc",
        images=folder / "images",
        annotations=folder / "labels",
        options=options,
        official_splits=True,
    )


@pytest.mark.parametrize("filename", ["{}.jpg", "{}", "x{}"])
def test_each_image_has_the_split_of_its_list(tmp_path, filename):
    found = read_source(make_source(tmp_path, {"train": "0000001\n\nb 1\n", "test": "gone\n"}, filename))
    assert [(image.file, image.official_split) for image in found.images] == [
        ("0000001.jpg", "train"),
        ("b.jpg", "train"),
        ("c.jpg", None),
    ]
    assert [(reject.unit, reject.file, reject.reason) for reject in found.rejects] == [
        ("image", "gone", "stands in the list of split test, and no XML describes it")
    ]


def test_an_image_in_two_lists_is_an_error(tmp_path):
    source = make_source(tmp_path, {"train": "a\nb\n", "test": "a\n"})
    with pytest.raises(AnnotationError, match=r"test\.txt: line 1: a is in train too"):
        read_source(source)


def test_a_missing_list_is_an_error(tmp_path):
    source = make_source(tmp_path, {"train": "a\n"})
    (tmp_path / "train.txt").unlink()
    with pytest.raises(AnnotationError, match=r"train\.txt: cannot be read"):
        read_source(source)

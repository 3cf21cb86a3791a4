"""Pictures of odd files on their whole way: built, exported, and read for training, always by what the corpus keeps."""

import json
from pathlib import Path

import numpy as np
import pytest
from made_corpus import speckle, write_image
from PIL import Image, ImageOps
from pydantic import ValidationError

from sarvl.annotations import Source
from sarvl.corpus import BuildRecipe, Corpus, build
from sarvl.corpus.export import export
from sarvl.corpus.pixels import pixel_cache
from sarvl.imagery import InputContract, orientation_of, read_image

SQUARE = InputContract.of_pictures(size=16, mean=(0.5,), std=(0.5,))


def built(folder: Path, **source: object) -> Corpus:
    given = {"name": "s", "format": "folders", "images": folder / "set", "split": "train"} | source
    return build(BuildRecipe.model_validate({"sources": [given]}), folder / "corpus", 1)


@pytest.mark.parametrize("alpha", [False, True])
def test_a_tiff_of_three_equal_channels_is_built_exported_and_prepared(tmp_path, alpha):
    grey = speckle()
    planes = [grey] * 3 + ([np.full_like(grey, 255)] if alpha else [])
    (tmp_path / "set" / "ship").mkdir(parents=True)
    Image.fromarray(np.stack(planes, -1)).save(tmp_path / "set" / "ship" / "a.tif")
    corpus = built(tmp_path)
    assert corpus.column("bands") == [["gray"]]
    np.testing.assert_array_equal(corpus.read(0).pixels[0], grey)
    export(corpus, tmp_path / "out", "coco-captions", workers=1)
    (picture,) = (tmp_path / "out" / "images").iterdir()
    np.testing.assert_array_equal(read_image(picture).pixels[0], grey)
    assert pixel_cache(corpus, SQUARE, workers=1).tiles.shape == (1, 1, 16, 16)


def with_orientation(path: Path, pixels: np.ndarray, orientation: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(pixels).save(path, exif=exif)


@pytest.mark.parametrize("declared", [None, (40, 24), (24, 40)], ids=["nothing", "stored", "shown"])
@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_exports_turn_a_picture_as_its_boxes_have_it(tmp_path, declared, orientation):
    """The annotated corner is bright where the boxes say it: in the frame of a viewer, or of the stored pixels."""
    stored = speckle(24, 40) // 4
    stored[2:8, 4:12] = 250
    with_orientation(tmp_path / "set" / "a.png", stored, orientation)
    shown = np.asarray(ImageOps.exif_transpose(Image.open(tmp_path / "set" / "a.png")))
    is_stored = declared == (40, 24) and orientation != 3
    frame = stored if is_stored else shown
    if declared and declared != frame.shape[::-1]:
        pytest.skip("half a turn has the size of the stored pixels")
    rows, columns = np.nonzero(frame == 250)
    box = [columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1]
    size = dict(zip(("width", "height"), declared, strict=True)) if declared else {}
    coco = {
        "images": [{"id": 1, "file_name": "a.png", **size}],
        "annotations": [{"image_id": 1, "category_id": 1, "bbox": [int(edge) for edge in box]}],
        "categories": [{"id": 1, "name": "ship"}],
    }
    (tmp_path / "coco.json").write_text(json.dumps(coco))
    corpus = built(tmp_path, format="coco", annotations=tmp_path / "coco.json")
    export(corpus, tmp_path / "out", "hf-folder", workers=1)
    (picture,) = (tmp_path / "out" / "train").glob("*.png")
    assert orientation_of(picture.read_bytes()) == 1
    (item,) = corpus.image(0).annotation.objects
    left, top, right, bottom = map(int, item.box)
    for pixels in (corpus.read(0).pixels[0], np.asarray(Image.open(picture))):
        assert (pixels[top:bottom, left:right] == 250).all()
        assert (pixels == 250).sum() == 48
    note = f"EXIF orientation {orientation}"
    assert any(said.startswith(note) for said in corpus.image(0).annotation.notes)


def test_nodata_of_a_source_holds_wherever_its_files_are_read(tmp_path):
    pixels = speckle().astype(np.float32) + 1
    pixels[:4], pixels[4, 0] = np.nan, -np.inf
    write_image(tmp_path / "set" / "ship" / "a.tif", pixels)
    corpus = built(tmp_path, quantity="amplitude", nodata=["nan", float("-inf")])
    assert corpus.column("nodata") == [["nan", "-inf"]]
    assert corpus.read(0).nodata.sum() == 4 * 64 + 1
    export(corpus, tmp_path / "out", "coco-captions", workers=1)
    assert pixel_cache(corpus, SQUARE, workers=1).tiles.max() > 0
    assert Source(name="s", format="folders", images=tmp_path, split="a", nodata=-9999).nodata == ("-9999.0",)
    with pytest.raises(ValidationError, match="not numbers"):
        Source(name="s", format="folders", images=tmp_path, split="a", nodata="none")

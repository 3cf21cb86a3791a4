"""Pictures of odd files on their whole way: built, exported, and read for training, always by what the corpus keeps."""

from pathlib import Path

import numpy as np
import pytest
from made_corpus import speckle
from PIL import Image

from sarvl.corpus import BuildRecipe, Corpus, build
from sarvl.corpus.export import export
from sarvl.corpus.pixels import pixel_cache
from sarvl.imagery import InputContract, read_image

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

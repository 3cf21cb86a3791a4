"""A corpus as a Dataset of Hugging Face."""

import sys

import cv2
import numpy as np
import pytest
from micro import make_corpus

from sarvl.errors import CorpusError


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return make_corpus(tmp_path_factory.mktemp("dataset"))


def test_a_split_is_a_dataset_of_images_and_texts(corpus):
    pytest.importorskip("datasets", reason="datasets is not installed; it comes with the extra datasets")
    dataset = corpus.to_dataset("test", ["scenes"])
    rows = corpus.rows_of("test", ["scenes"]).tolist()
    assert dataset["image_id"][:] == [corpus.column("image_id")[row] for row in rows]
    for row, entry in zip(rows, dataset, strict=True):
        said = corpus.statements(row)
        assert entry["captions"] == [one.text for one in said if one.kind == "caption"]
        assert [item["class_name"] for item in entry["objects"]] == [
            item.class_name for item in corpus.image(row).annotation.objects
        ]
        stored = cv2.imread(str(corpus.paths[row]), cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(np.asarray(entry["image"]), stored)
        assert entry["image"].size == (entry["width"], entry["height"])


def test_without_a_split_it_is_the_whole_corpus(corpus):
    pytest.importorskip("datasets", reason="datasets is not installed; it comes with the extra datasets")
    dataset = corpus.to_dataset()
    assert dataset["split"][:] == corpus.column("split")
    assert dataset["label"][:] == corpus.column("label")


def test_nothing_that_matches_is_an_error(corpus):
    pytest.importorskip("datasets", reason="datasets is not installed; it comes with the extra datasets")
    with pytest.raises(CorpusError, match="no image in split 'nowhere'"):
        corpus.to_dataset("nowhere")
    with pytest.raises(CorpusError, match="no image of elsewhere; there are chips, scenes"):
        corpus.to_dataset(sources=["elsewhere"])
    assert set(corpus.to_dataset(sources=["chips"])["source"][:]) == {"chips"}


def test_the_extra_is_named_where_it_is_missing(corpus, monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(CorpusError, match=r"datasets, which is not installed; pip install 'sarvl\[datasets\]'"):
        corpus.to_dataset("test")

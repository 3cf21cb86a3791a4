"""Faults of published evaluation scripts, each with a test that guards against it here."""

import shutil

import numpy as np
import pytest
from micro import make_corpus, make_model

import sarvl.models
from sarvl.corpus import Corpus
from sarvl.errors import EvaluationError, ImageError
from sarvl.evaluation.evaluator import evaluate
from sarvl.evaluation.outcomes import read_outcome
from sarvl.evaluation.rows import read_rows
from sarvl.imagery import InputContract, Quantity, SarImage
from sarvl.measures.classification import classify
from sarvl.measures.pairs import expected_hits, pair_places
from sarvl.measures.retrieval import retrieval
from sarvl.models import load_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    make_model(folder)
    make_corpus(folder / "data")
    return folder


@pytest.mark.parametrize("damage", [b"", b"no picture"])
def test_an_unreadable_image_is_an_error_and_no_zero_vector(folder, tmp_path, damage):
    """SARVLM's eval_retrieval.py puts a blank image in the place of one that it cannot read, and scores it."""
    data = shutil.copytree(folder / "data", tmp_path / "data")
    corpus = Corpus.open(data / "corpus")
    row = int(corpus.rows_of("test", ["chips"])[0])
    shutil.rmtree(data / "corpus" / "pixels", ignore_errors=True)
    corpus.paths[row].write_bytes(damage)
    for limit in (None, 5000):
        with pytest.raises(ImageError, match=corpus.paths[row].name):
            evaluate(
                folder / "model", corpus.folder, "test", ["zeroshot"], tmp_path / "r.jsonl", limit=limit, workers=1
            )
    assert not (tmp_path / "r.jsonl").exists()


def test_a_zero_vector_is_refused_whoever_made_it():
    """Zeros have the cosine 0 with everything: they would take part in the ranking as if they were an image."""
    features = np.eye(3, dtype=np.float32)
    blank = features.copy()
    blank[1] = 0
    with pytest.raises(EvaluationError, match="image features: row 1 has length 0, not 1"):
        retrieval(blank, features, [0, 1, 2], [0, 1, 2])
    with pytest.raises(EvaluationError, match="image features: row 1 has length 0, not 1"):
        classify(blank, features, [0, 1, 2], logit_scale=100.0)


def test_a_float_image_is_not_stretched_by_its_own_extremes():
    """SARVLM's load_image maps each TIFF from its own least value to its own largest: one bright target darkens it."""
    contract = InputContract.of_pictures(8, (0.5,), (0.25,))
    quiet = np.full((1, 8, 8), -12.0, np.float32)
    bright = quiet.copy()
    bright[0, 0, 0] = 30.0
    images = [SarImage(pixels, Quantity.DECIBEL, ("gray",)) for pixels in (quiet, bright)]
    first, second = (contract.prepare(image).tiles[0, 0, 4:, 4:] for image in images)
    np.testing.assert_array_equal(first, second)
    assert (first > 0).all()
    assert (first < 255).all()


def test_an_equal_caption_of_another_image_is_not_wrong():
    """SARVLM's compute_recall_at_k counts row i alone; of images that show the same, a perfect model finds one in N."""
    features = np.eye(4, dtype=np.float32)[[0, 0, 0, 1]]
    result = retrieval(features, np.eye(4, dtype=np.float32)[:2], [0, 0, 0, 1], [0, 1, 2, 3], ks=(1,))
    assert result.grouped.text_to_image.recall(1) == 1
    places = pair_places(features, features)
    assert expected_hits(places.above, places.tied, 1).mean() == pytest.approx((3 * (1 / 3) + 1) / 4)


def test_a_model_whose_contract_does_not_fit_is_refused_before_anything_is_measured(folder, tmp_path, monkeypatch):
    """CAESAR-Radi's SARCLIP takes decibels by its code and bytes by its preprocessing, and scores what it is given."""

    def of_decibels(name):
        model = load_model(name)
        model.contract = model.contract.model_copy(update={"accepts": (Quantity.DECIBEL,)})
        return model

    monkeypatch.setattr(sarvl.models, "load_model", of_decibels)
    reason = "its input contract does not fit 18 of 18 images .*: display pixels, but the model takes decibel"
    with pytest.raises(EvaluationError, match=reason):
        evaluate(folder / "model", folder / "data" / "corpus", "test", ["zeroshot"], tmp_path / "r.jsonl", workers=1)
    assert not list(tmp_path.rglob("*.parquet"))


def test_prompts_and_classes_are_published_with_the_figure(folder, tmp_path):
    """RemoteCLIP #18: 0.195 % or 68.6 % of one model, by prompts that no table names."""
    out = tmp_path / "r.jsonl"
    evaluate(
        folder / "model", folder / "data" / "corpus", "test", ["zeroshot"], out, sources=["chips"], limit=9, workers=1
    )
    for row in read_rows(out):
        assert all("{}" in sentence for sentence in row.settings["templates"])
        assert read_outcome(out, row.outcome).facts["classes"] == ["ship", "tank", "truck"]

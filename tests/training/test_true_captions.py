"""True captions: what the annotation bears out is a positive of an image, whichever image it was written for."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from micro import make_corpus, micro_model

from sarvl.language import verify
from sarvl.training.data import true_captions
from sarvl.training.data.batches import StageData
from sarvl.training.data.corpora import Corpora
from sarvl.training.data.true_captions import TrueCaptions
from sarvl.training.objective import OBJECTIVES
from sarvl.training.objectives.infonce import contrastive_loss, target_entropy, targets_of
from sarvl.training.pairs import are_alike, is_same
from sarvl.training.recipe import Stage


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return make_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def data(corpus, tmp_path_factory) -> StageData:
    fields = {"name": "one", "epochs": 1, "batch_size": 8, "learning_rate": 0.1, "corpus": corpus.folder}
    stage = Stage.model_validate(fields | {"options": {"positives": "true captions"}})
    return StageData.open(stage, "train", micro_model(tmp_path_factory.mktemp("config")), 1, workers=1)


def test_is_what_verify_confirms_of_every_image_and_every_caption(corpus):
    images = np.arange(0, len(corpus.images), 3)
    texts = np.array([corpus.captions_of_image[row][0] for row in images])
    truth = TrueCaptions(Corpora((corpus,))).of(images, texts)
    annotations = [corpus.image(int(row)).annotation for row in images]
    assert truth.tolist() == [
        [not verify(corpus.sentences[text], annotation) for text in texts] for annotation in annotations
    ]
    assert truth.diagonal().all()
    assert 0.2 < truth.mean() < 1  # of other images too, but not of all


def test_nothing_but_memory_changes_where_what_was_kept_is_forgotten(corpus, monkeypatch):
    images, texts = np.arange(6), np.array([corpus.captions_of_image[row][0] for row in range(6)])
    kept = TrueCaptions(Corpora((corpus,)))
    first = kept.of(images, texts)
    monkeypatch.setattr(true_captions, "MOST_KEPT", 0)
    assert np.array_equal(kept.of(images[::-1], texts), first[::-1])
    assert len(kept._images) == 6


def test_two_processes_know_the_truth_of_each_others_captions(data):
    whole, parts = data.training_batch(0), [data.training_batch(0, rank, 2) for rank in range(2)]
    assert parts[0].truth.shape == (4, 8)
    assert torch.equal(torch.cat([part.truth for part in parts]), whole.truth)


def test_a_loss_sees_truth_beside_equal_captions(data):
    batch = data.training_batch(0)
    objective = OBJECTIVES.get("infonce")
    inputs = {"meanings": batch.meanings, "pictures": batch.pictures, "truth": batch.truth.to(torch.uint8)}
    alike = are_alike(inputs, lambda tensor: tensor)
    assert torch.equal(alike, batch.truth | is_same(batch.meanings) | is_same(batch.pictures))
    floors = objective.floors(inputs, lambda tensor: tensor, objective.options(positives="true captions"))
    assert float(floors["contrastive"]) == pytest.approx(float(target_entropy(alike)))


def test_a_caption_of_few_images_is_the_likelier_own_one_of_an_image():
    alike = torch.tensor([[1, 1, 0], [1, 1, 0], [1, 0, 1]], dtype=torch.bool)  # the first text is true of all images
    of_images, of_texts = targets_of(alike)
    third = 1 / 3
    torch.testing.assert_close(of_texts, torch.tensor([[third] * 3, [0.5, 0.5, 0], [0, 0, 1]]))
    torch.testing.assert_close(of_images, torch.tensor([[0.4, 0.6, 0], [0.4, 0.6, 0], [0.25, 0, 0.75]]))


@given(st.integers(1, 8), st.integers(0, 99))
def test_no_loss_is_below_the_entropy_of_targets_that_are_not_symmetric(batch, seed):
    generator = torch.Generator().manual_seed(seed)
    alike = (torch.rand(batch, batch, generator=generator) < 0.4) | torch.eye(batch, dtype=torch.bool)
    images, texts = torch.randn(2, batch, 4, generator=generator)
    loss = contrastive_loss(images, texts, torch.tensor(14.0), alike, "true captions")
    assert float(loss) >= float(target_entropy(alike)) - 1e-6

"""The contrastive loss against open_clip's and against its definition, row by row."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from open_clip.loss import ClipLoss, SigLipLoss

from sarvl.training.objectives.infonce import contrastive_loss, target_entropy
from sarvl.training.objectives.siglip import sigmoid_loss
from sarvl.training.pairs import is_same

SCALE = torch.tensor(7.0)


def features(batch: int, seed: int, width: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, width, generator=generator), torch.randn(batch, width, generator=generator)


@given(st.integers(1, 9), st.integers(0, 99))
def test_equals_open_clip_where_all_captions_differ(batch, seed):
    images, texts = features(batch, seed)
    unit = torch.nn.functional.normalize
    expected = ClipLoss()(unit(images), unit(texts), SCALE)
    torch.testing.assert_close(contrastive_loss(images, texts, SCALE, is_same(torch.arange(batch))), expected)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8), st.integers(0, 99))
def test_equals_the_definition_where_captions_repeat(meanings, seed):
    images, texts = features(len(meanings), seed)
    loss = contrastive_loss(images, texts, SCALE, is_same(torch.tensor(meanings)))
    expected = naive_loss(images.double().numpy(), texts.double().numpy(), float(SCALE), meanings)
    assert math.isclose(float(loss), expected, rel_tol=1e-4, abs_tol=1e-5)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8), st.integers(0, 99))
def test_no_loss_is_below_the_entropy_of_the_targets(meanings, seed):
    labels = torch.tensor(meanings)
    alike = is_same(labels)
    assert float(contrastive_loss(*features(len(meanings), seed), SCALE, alike)) >= float(target_entropy(alike)) - 1e-6
    perfect = torch.eye(4)[labels]  # one direction a meaning
    least = contrastive_loss(perfect, perfect, torch.tensor(100.0), alike)
    assert math.isclose(float(least), float(target_entropy(alike)), abs_tol=1e-6)


def test_the_entropy_of_targets_is_that_of_counts():
    assert math.isclose(float(target_entropy(is_same(torch.tensor([7, 7, 2])))), 2 * math.log(2) / 3, rel_tol=1e-6)


def naive_loss(images: np.ndarray, texts: np.ndarray, scale: float, meanings: list[int]) -> float:
    """Return the mean, over all images and all texts, of the mean surprise at their positives."""
    total = 0.0
    for queries, answers in ((images, texts), (texts, images)):
        for row, query in enumerate(queries):
            scores = [scale * query @ answer / np.linalg.norm(query) / np.linalg.norm(answer) for answer in answers]
            surprise = np.log(np.sum(np.exp(scores))) - np.array(scores)
            positives = [place for place, meaning in enumerate(meanings) if meaning == meanings[row]]
            total += surprise[positives].mean()
    return total / (2 * len(meanings))


def test_equal_captions_draw_each_others_images():
    images = torch.nn.functional.normalize(torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1]]), dim=1).requires_grad_()
    texts = torch.eye(3)
    (pushed,) = torch.autograd.grad(contrastive_loss(images, texts, SCALE, is_same(torch.tensor([0, 1, 2]))), images)
    (drawn,) = torch.autograd.grad(contrastive_loss(images, texts, SCALE, is_same(torch.tensor([0, 0, 2]))), images)
    # A step goes against the gradient: the first image moves from the second text, or to it where that says the same.
    assert pushed[0, 1] > 0 > drawn[0, 1]
    assert pushed[0, 2] > 0
    assert drawn[0, 2] > 0


def test_a_batch_of_one_caption_only_reaches_the_loss_of_even_shares():
    images, texts = torch.ones(4, 3), torch.ones(4, 3)
    loss = contrastive_loss(images, texts, SCALE, torch.ones(4, 4, dtype=torch.bool))
    assert math.isclose(float(loss), math.log(4), rel_tol=1e-6)


EVERY_RULE = pytest.mark.parametrize("positives", ["equal captions", "masked", "plain"])


def with_gradients(loss_of, batch: int, seed: int) -> list[torch.Tensor]:
    """Return a loss and its gradients to images, texts, factor and bias."""
    images, texts = features(batch, seed)
    variables = [images, texts, torch.tensor(7.0), torch.tensor(-3.0)]
    for variable in variables:
        variable.requires_grad_()
    unit = torch.nn.functional.normalize
    loss = loss_of(unit(images), unit(texts), *variables[2:])
    return [loss.detach(), *torch.autograd.grad(loss, variables, materialize_grads=True)]


@EVERY_RULE
@pytest.mark.parametrize("batch", [1, 2, 9])
def test_infonce_and_its_gradients_are_clips_where_all_captions_differ(positives, batch):
    alike = torch.eye(batch, dtype=torch.bool)
    ours = with_gradients(lambda i, t, scale, bias: contrastive_loss(i, t, scale, alike, positives), batch, 1)
    theirs = with_gradients(lambda i, t, scale, bias: ClipLoss()(i, t, scale), batch, 1)
    torch.testing.assert_close(ours, theirs)


@EVERY_RULE
@pytest.mark.parametrize("batch", [1, 2, 9])
def test_siglip_and_its_gradients_are_open_clips_where_all_captions_differ(positives, batch):
    alike = torch.eye(batch, dtype=torch.bool)
    ours = with_gradients(lambda i, t, scale, bias: sigmoid_loss(scale * i @ t.T + bias, alike, positives), batch, 2)
    torch.testing.assert_close(ours, with_gradients(SigLipLoss(), batch, 2))


def test_plain_losses_are_open_clips_where_captions_repeat():
    alike = is_same(torch.tensor([0, 0, 1, 0]))
    ours = with_gradients(lambda i, t, scale, bias: contrastive_loss(i, t, scale, alike, "plain"), 4, 3)
    torch.testing.assert_close(ours, with_gradients(lambda i, t, scale, bias: ClipLoss()(i, t, scale), 4, 3))
    ours = with_gradients(lambda i, t, scale, bias: sigmoid_loss(scale * i @ t.T + bias, alike, "plain"), 4, 3)
    torch.testing.assert_close(ours, with_gradients(SigLipLoss(), 4, 3))


@given(st.lists(st.integers(0, 2), min_size=2, max_size=7), st.integers(0, 99))
def test_masked_pairs_are_in_no_sum(meanings, seed):
    images, texts = features(len(meanings), seed)
    unit = torch.nn.functional.normalize
    cosines = (unit(images) @ unit(texts).T).double().numpy() * 7
    contrastive, sigmoid = 0.0, 0.0
    for row, own in enumerate(meanings):
        kept = [at for at, other in enumerate(meanings) if at == row or other != own]
        for line in (cosines[row], cosines[:, row]):
            contrastive += np.log(np.exp(line[kept]).sum()) - line[row]
        sigmoid += sum(np.log1p(np.exp(-(cosines[row, at] - 3) * (1 if at == row else -1))) for at in kept)
    alike, count = is_same(torch.tensor(meanings)), len(meanings)
    loss = contrastive_loss(images, texts, SCALE, alike, "masked")
    assert math.isclose(float(loss), contrastive / (2 * count), rel_tol=1e-4, abs_tol=1e-5)
    loss = sigmoid_loss(torch.from_numpy(cosines) - 3, alike, "masked")
    assert math.isclose(float(loss), sigmoid / count, rel_tol=1e-6)


def test_equal_captions_belong_together_in_siglip():
    logits = torch.tensor([[2.0, -1.0, 0.5], [0.0, 1.0, 3.0], [-2.0, 0.3, 0.1]])
    signs = np.array([[1, 1, -1], [1, 1, -1], [-1, -1, 1]])
    expected = np.log1p(np.exp(-signs * logits.double().numpy())).sum() / 3
    assert math.isclose(float(sigmoid_loss(logits, is_same(torch.tensor([4, 4, 5])))), expected, rel_tol=1e-6)

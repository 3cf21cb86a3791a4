"""Captions decoded in groups of like length: the same logits and gradients as all of them padded to the longest."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from open_clip.transformer import MultimodalTransformer

from sarvl.models.clips.texts_by_length import logits_of_texts


@given(lengths=st.lists(st.integers(1, 12), min_size=1, max_size=20), seed=st.integers(0, 99))
def test_logits_and_gradients_are_those_of_one_pass(lengths, seed):
    torch.manual_seed(seed)
    decoder = MultimodalTransformer(8, layers=2, heads=2, context_length=12, output_dim=30)
    torch.nn.init.normal_(decoder.text_projection)
    looked_at = torch.randn(len(lengths), 3, 8)
    texts = torch.randn(len(lengths), max(lengths), 8, requires_grad=True)
    is_text = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    ours, naive = logits_of_texts(decoder, looked_at, texts, is_text), decoder(looked_at, texts)[is_text]
    torch.testing.assert_close(ours, naive, atol=1e-5, rtol=1e-4)
    weights = torch.randn_like(naive)
    found, expected = (torch.autograd.grad((logits * weights).sum(), texts)[0] for logits in (ours, naive))
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)

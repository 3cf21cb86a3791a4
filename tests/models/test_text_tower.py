"""Texts: encoded without their padding as open_clip encodes them with it, and never cut in silence."""

import open_clip
import pytest
import torch
from micro import MICRO_CONFIG, micro_model

from sarvl.errors import ModelError
from sarvl.models import create_model
from sarvl.models.networks.text_tower import encode_text, is_causal, without_padding

TEXTS = ["A ship.", "An airport in the upper left, beside 12 aircraft.", "odd !*? text !#!@ with zero ids", ""]
# The last word is two tokens, of which the last does not fit: what remains differs from the text without that word.
OVERFULL = "ship " * 74 + "aircraft."


@pytest.mark.parametrize("architecture", ["sarvl-tiny", "sarvl-mobile"])
def test_equals_open_clip_on_the_full_context(architecture):
    model = create_model(architecture)
    assert is_causal(model.network)
    assert_equals_open_clip(model.network, model.tokenize(TEXTS))


@pytest.mark.parametrize(
    ("causal", "text"),
    [
        (True, {}),
        (True, {"proj_bias": True}),
        (True, {"proj_type": "none", "width": 16}),
        (False, {"no_causal_mask": True}),
        (False, {"pool_type": "last"}),
        (False, {"embed_cls": True}),
    ],
)
def test_equals_open_clip_for_a_custom_text_tower(tmp_path, causal, text):
    config = MICRO_CONFIG | {"custom_text": True, "text_cfg": MICRO_CONFIG["text_cfg"] | text}
    network = open_clip.CustomTextCLIP(config["embed_dim"], config["vision_cfg"], config["text_cfg"]).eval()
    assert is_causal(network) == causal
    context = network.text.context_length
    assert_equals_open_clip(network, open_clip.get_tokenizer("RN50")(TEXTS, context_length=context))


@torch.inference_mode()
def assert_equals_open_clip(network, tokens):
    cut = without_padding(network, tokens)
    assert cut.shape[1] == (int((tokens == tokens.max()).int().argmax(dim=1).max()) + 1 if is_causal(network) else 77)
    torch.testing.assert_close(encode_text(network, cut), network.encode_text(tokens), rtol=1e-4, atol=1e-5)


def test_id_zero_inside_a_text_is_no_padding(tmp_path):
    model = micro_model(tmp_path)
    tokens = model.tokenize(["!*?"])
    assert tokens[0, 1] == 0
    assert without_padding(model.network, tokens).shape == (1, 5)


def test_a_text_that_just_fits_is_taken(tmp_path):
    tokens = micro_model(tmp_path).tokenize(["ship " * 75, "ship " * 74 + "aircraft"])
    assert tokens.shape == (2, 77)
    assert (tokens != 0).all()


@pytest.mark.parametrize("text", ["ship " * 76, OVERFULL, "ship " * 74 + "supercalifragilistic", "ship" * 200])
def test_a_text_that_does_not_fit_is_refused(tmp_path, text):
    model = micro_model(tmp_path)
    assert model.too_long(["A ship.", text], model.tokenizer(["A ship.", text])) == [1]
    with pytest.raises(ModelError, match="more than 77 tokens"):
        model.tokenize([text])

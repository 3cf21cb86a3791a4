"""A model on the Hugging Face Hub where there is no network: one line, soon."""

import time

import pytest
from huggingface_hub import constants

from sarvl.errors import ModelError
from sarvl.models import load_model
from sarvl.models.hub import check_hub


@pytest.mark.parametrize("prefix", ["hf-hub", "hf"])
def test_a_hub_that_cannot_be_reached_is_one_line_within_five_seconds(prefix, monkeypatch):
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")  # the port that discards: nobody listens
    started = time.monotonic()
    with pytest.raises(ModelError, match=r"cannot be reached .* check the network, or give a folder") as caught:
        load_model(f"{prefix}:nobody/nothing-at-all")
    assert time.monotonic() - started < 5
    assert "\n" not in str(caught.value)


def test_a_hub_that_never_answers_is_given_up_on(monkeypatch):
    monkeypatch.setattr("huggingface_hub.get_session", lambda: time.sleep(30))
    started = time.monotonic()
    with pytest.raises(ModelError, match=r"cannot be reached \(no answer\)"):
        check_hub("hf-hub:nobody/nothing-at-all")
    assert time.monotonic() - started < 5


def test_a_cached_model_and_other_names_need_no_network(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.get_session", lambda: pytest.fail("the network was asked"))
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_: str(tmp_path / "config.json"))
    check_hub("hf-hub:owner/model")
    check_hub("RN50:openai")
    check_hub("runs/ships")

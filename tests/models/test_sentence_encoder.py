"""Sentence encoders, and the text towers of other models, by name."""

import json
import sys

import numpy as np
import pytest

from sarvl.errors import ModelError
from sarvl.models import create_model, load_model, load_text_embedder, save_model


def test_a_clip_model_gives_the_features_of_its_text_tower(tmp_path):
    save_model(create_model("sarvl-tiny"), tmp_path, {}, "Apache-2.0")
    texts = ["A SAR image of ships.", "A bridge."]
    vectors = load_text_embedder(str(tmp_path)).encode_texts(texts)
    np.testing.assert_array_equal(vectors, load_model(str(tmp_path)).encode_texts(texts))


def test_a_missing_library_is_named_with_the_extra_that_brings_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ModelError, match=r"not installed; pip install 'sarvl\[embed\]'"):
        load_text_embedder("sentence-transformers:some/model")


def test_sentence_transformers_refuses_what_is_not_there(monkeypatch, tmp_path):
    pytest.importorskip("sentence_transformers")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_text_embedder(f"sentence-transformers:{tmp_path / 'nothing'}")


@pytest.mark.parametrize("parts", [[{"type": "evil.Evil"}], [{"type": 3}], ["evil"], {"type": "evil.Evil"}])
def test_a_folder_with_code_of_its_own_is_refused(tmp_path, parts):
    """sentence-transformers imported the classes that ``modules.json`` of a folder names from that folder."""
    (tmp_path / "modules.json").write_text(json.dumps(parts))
    (tmp_path / "evil.py").write_text(f"from pathlib import Path; Path({str(tmp_path / 'mark')!r}).touch()")
    with pytest.raises(ModelError, match="code of a folder is never run"):
        load_text_embedder(f"sentence-transformers:{tmp_path}")
    assert not (tmp_path / "mark").exists()

"""Vectors of tokens, by a small BERT with random weights; the parts that need transformers are skipped without it."""

import json
import sys

import numpy as np
import pytest
import torch

from sarvl.errors import ModelError
from sarvl.measures.captions.bert_score import TokenVectors, greedy_matching
from sarvl.models.texts.token_encoder import load_token_encoder

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "two", "ship", "ships", "near", "pier"]
TEXTS = ["two ships near a pier", "a ship", "", "ships near two ships"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    transformers = pytest.importorskip("transformers")
    path = tmp_path_factory.mktemp("bert")
    (path / "vocab.txt").write_text("\n".join(WORDS))
    transformers.BertTokenizerFast(str(path / "vocab.txt")).save_pretrained(path)
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32}
    config = transformers.BertConfig(vocab_size=len(WORDS), max_position_embeddings=12, **sizes)
    transformers.BertModel(config).save_pretrained(path)
    return path


def test_a_text_has_the_vectors_that_it_has_alone(folder):
    encoder = load_token_encoder(folder)
    for text, (vectors, counts) in zip(TEXTS, encoder.encode(TEXTS), strict=True):
        assert counts.sum() == len(text.split()) == len(vectors) - 2
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
        np.testing.assert_allclose(encoder.encode([text])[0][0], vectors, atol=1e-6)


def test_a_layer_is_that_of_the_network(folder):
    first, last = load_token_encoder(folder, 1), load_token_encoder(folder)
    inputs = first.tokenizer(TEXTS[0], return_tensors="pt")
    with torch.inference_mode():
        hidden = first.network(**inputs, output_hidden_states=True).hidden_states
    for encoder, expected in ((first, hidden[1]), (last, hidden[3])):
        unit = torch.nn.functional.normalize(expected[0], dim=-1)
        np.testing.assert_allclose(encoder.encode(TEXTS[:1])[0][0], unit, atol=1e-6)
    with pytest.raises(ModelError, match="it has 3 layers, and no layer 4"):
        load_token_encoder(folder, 4)


def test_long_texts_are_cut_to_the_positions_of_the_network(folder):
    encoder, text = load_token_encoder(folder), "ship " * 30
    assert encoder.is_cut(text) and not encoder.is_cut(TEXTS[0])
    assert len(encoder.encode([text])[0][0]) == encoder.longest == 12


def test_scores_equal_those_of_the_authors(folder):
    peer = pytest.importorskip("bert_score")
    encoder = load_token_encoder(folder, 2)
    vectors = [TokenVectors(*own) for own in encoder.encode(TEXTS)]
    pairs = [(one, other) for one in (0, 1, 3) for other in (0, 1, 3)]
    ours = np.array([greedy_matching(vectors[one], vectors[other]) for one, other in pairs])
    said, held = ([TEXTS[pair[side]] for pair in pairs] for side in (0, 1))
    theirs = peer.score(said, held, model_type=str(folder), num_layers=2, device="cpu")
    np.testing.assert_allclose(ours, torch.stack(theirs, dim=1), atol=1e-5)


def test_weights_that_are_missing_or_pickled_are_refused(folder, tmp_path):
    from safetensors.torch import load_file, save_file

    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    weights = load_file(tmp_path / "model.safetensors")
    save_file(
        {name: value for name, value in weights.items() if ".layer.1." not in name},
        tmp_path / "model.safetensors",
        {"format": "pt"},
    )
    with pytest.raises(ModelError, match=r"its weights lack encoder\.layer\.1"):
        load_token_encoder(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    torch.save(weights, tmp_path / "pytorch_model.bin")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_token_encoder(tmp_path)


def test_code_of_a_folder_is_never_run(folder, tmp_path):
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    config = json.loads((tmp_path / "config.json").read_text())
    config |= {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Evil", "AutoModel": "evil.Evil"}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "evil.py").write_text(f"from pathlib import Path; Path({str(tmp_path / 'mark')!r}).touch()")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_token_encoder(tmp_path)
    assert not (tmp_path / "mark").exists()


def test_without_transformers_what_to_install_is_said(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ModelError, match=r"pip install 'sarvl\[transformers\]'"):
        load_token_encoder(tmp_path)


def test_the_first_word_of_a_text_is_the_token_that_it_is_later_for_roberta(tmp_path):
    """BERTScore of RoBERTa differed from the authors' by .04: only words behind a space begin with one."""
    transformers = pytest.importorskip("transformers")
    from tokenizers import ByteLevelBPETokenizer

    words = ByteLevelBPETokenizer()
    words.train_from_iterator(
        ["a ship near ship"] * 4, vocab_size=290, special_tokens=["<s>", "<pad>", "</s>", "<unk>"]
    )
    words.save_model(str(tmp_path))
    files = (str(tmp_path / name) for name in ("vocab.json", "merges.txt"))
    transformers.RobertaTokenizerFast(*files).save_pretrained(tmp_path)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    config = transformers.RobertaConfig(vocab_size=290, max_position_embeddings=22, pad_token_id=1, **sizes)
    transformers.RobertaModel(config).save_pretrained(tmp_path)
    encoder = load_token_encoder(tmp_path)
    first, later = encoder._read("ship ship")[0][1:-1]
    assert first == later
    assert encoder.longest == 20

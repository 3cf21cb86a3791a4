"""The model card: what the Hub lists a model by, and names from files as words."""

from pathlib import Path

from huggingface_hub import ModelCard
from markdown_it import MarkdownIt
from micro import make_model

from sarvl.models import load_model, save_model
from sarvl.models.history import StageEntry

HOSTILE = "<img src=x onerror=alert(1)>![x](https://e.vil/x)|`# \u202e[a](b)\n---"


def hostile_card(folder: Path) -> Path:
    model = load_model(str(make_model(folder)))
    model.name = HOSTILE
    model.history = [
        StageEntry(
            stage=HOSTILE,
            corpus_digest="0" * 64,
            split="train",
            images=2000,
            steps=10,
            epochs=1.5,
            batch_size=8,
            learning_rate=1e-3,
            seed=0,
        )
    ]
    save_model(model, folder / "card", {"training_loss": 1.5, HOSTILE: 2.0}, HOSTILE)
    return folder / "card" / "README.md"


def test_a_checkpoint_has_a_card_with_what_the_hub_lists_it_by(tmp_path):
    model = load_model(str(make_model(tmp_path)))
    save_model(model, tmp_path / "card", {"training_loss": 1.5}, "CC-BY-4.0")
    card = ModelCard.load(tmp_path / "card" / "README.md")
    assert (card.data.license, card.data.library_name) == ("cc-by-4.0", "open_clip")
    assert card.data.pipeline_tag == "zero-shot-image-classification"
    assert "sar" in card.data.tags
    count = sum(parameter.numel() for parameter in model.network.parameters())
    assert f"with {count:,} parameters" in card.text
    assert "| training_loss | 1.5 |" in card.text
    assert load_model(str(tmp_path / "card")).weights_hash == model.weights_hash


def test_hostile_names_in_a_model_card_are_words(tmp_path):
    text = hostile_card(tmp_path).read_text()
    assert "\u202e" not in text
    body = text.split("---\n", 2)[2]
    tokens = MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(body)
    inside = [child.type for token in tokens for child in token.children or ()]
    kinds = {token.type for token in tokens}
    assert {*inside} <= {"text", "code_inline", "softbreak"}
    assert not kinds & {"html_block", "hr", "fence", "blockquote_open"}
    assert "| 2,000 | train |" in body

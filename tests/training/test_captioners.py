"""Captioners through a run: every CoCa size of open_clip in small, and a CLIP with our decoder."""

import json
from copy import deepcopy

import open_clip
import pytest
import torch
from micro import make_model, make_train_recipe, squares

from sarvl.errors import ModelError, RecipeError
from sarvl.models import create_model, load_model, save_model
from sarvl.models.clips.clip_with_decoder import ClipWithDecoder
from sarvl.models.clips.coca import Coca
from sarvl.models.clips.creation import is_architecture
from sarvl.models.protocols import Captioner, Decoding
from sarvl.models.vocabulary import read_vocabulary
from sarvl.recipes import load_recipe
from sarvl.training import TrainRecipe, read_metrics, train
from sarvl.training.run.metrics import StepMetrics
from sarvl.training.stage import StageRun

SMALLER = {
    "vision_cfg": {"image_size": 36, "layers": 1, "width": 32, "head_width": 16, "attn_pooler_heads": 2},
    "text_cfg": {"width": 32, "heads": 2, "layers": 1},
    "multimodal_cfg": {"width": 32, "heads": 2, "layers": 1},
}
SIZES = [name for name in open_clip.list_models() if name.startswith("coca_") and "roberta" not in name]
OURS = ["stages.0.objective=coca", "stages.1.objective=coca", "stages.0.epochs=6", "stages.0.learning_rate=0.01"]
ON_A_CLIP = [*OURS, "model.decoder=true"]


@pytest.fixture(scope="module")
def corpus(recipe_path):
    return recipe_path.parent / "corpus"


def pictures(side: int) -> squares:
    generator = torch.Generator().manual_seed(0)
    return squares(torch.randint(0, 255, (3, 1, side, side), dtype=torch.uint8, generator=generator).numpy())


def steps_of(run) -> list[StepMetrics]:
    return [row for row in read_metrics(run) if isinstance(row, StepMetrics)]


def test_every_size_of_open_clip_that_reads_its_own_tokens_is_tried():
    assert set(SIZES) == {"coca_base", "coca_ViT-B-32", "coca_ViT-L-14"}


@pytest.mark.parametrize("size", SIZES)
def test_each_size_trains_captions_and_comes_back_whole(size, corpus, tmp_path):
    """Of the same shape, with fewer and narrower layers: what a size has that others lack, it keeps.

    coca_base has 14,592 ids more than its tokenizer knows; one that it wrote was a KeyError.
    """
    config = deepcopy(open_clip.get_model_config(size)) | {"embed_dim": 32}
    for part, smaller in SMALLER.items():
        config[part] |= smaller
    config["vision_cfg"]["patch_size"] = 18
    name = f"sarvl-small-{size}"
    (tmp_path / f"{name}.json").write_text(json.dumps(config))
    open_clip.add_model_config(tmp_path / f"{name}.json")
    assert is_architecture(name)
    torch.manual_seed(0)
    save_model(create_model(name), tmp_path / "start", {}, "none")
    recipe = make_train_recipe(tmp_path, corpus, tmp_path / "start")
    changes = [*OURS[:2], "stages.0.epochs=1", "stages.1.epochs=1"]
    run = train(load_recipe(recipe, TrainRecipe, changes), tmp_path / "run", workers=1)
    assert {"contrastive", "caption"} == steps_of(run)[0].parts.keys()
    start, model = load_model(tmp_path / "start"), load_model(run)
    assert type(model) is Coca
    moved = {
        name.partition(".")[0]
        for name, weights in start.network.state_dict().items()
        if not torch.equal(weights, model.network.state_dict()[name])
    }
    assert moved == {"visual", "text", "text_decoder", "logit_scale"}
    network, _, _ = open_clip.create_model_and_transforms(f"local-dir:{run / 'best'}")
    assert type(network) is open_clip.CoCa
    assert network.state_dict().keys() == model.network.state_dict().keys()
    for name, weights in network.state_dict().items():
        torch.testing.assert_close(weights, model.network.state_dict()[name], rtol=0, atol=0)
    for how in (Decoding(20), Decoding(20, beams=6, groups=3, sums="logits")):
        assert len(model.caption(pictures(36), how)) == 3


def test_a_coca_with_a_text_tower_of_transformers_is_one_line():
    with pytest.raises(ModelError) as caught:
        model = create_model("coca_roberta-ViT-B-32")
        _ = model.writer
    assert "\n" not in str(caught.value)
    assert "transformers" in str(caught.value) or "cannot write captions" in str(caught.value)


@pytest.fixture(scope="module")
def frozen_run(tmp_path_factory, corpus):
    """A CLIP, and the run that put a decoder on it, its towers frozen."""
    folder = tmp_path_factory.mktemp("frozen")
    clip = make_model(folder)
    recipe = make_train_recipe(folder, corpus, clip)
    changes = [*ON_A_CLIP, "stages.0.freeze=[image, text]", "stages.1.freeze=[image, text]"]
    return clip, train(load_recipe(recipe, TrainRecipe, changes), folder / "run", workers=1)


def test_a_decoder_learns_on_a_frozen_clip_which_stays_as_it_was(frozen_run):
    clip, run = frozen_run
    steps = steps_of(run)
    assert steps[-1].parts["caption"] < steps[0].parts["caption"] / 2
    before, model = load_model(clip), load_model(run)
    assert isinstance(model, ClipWithDecoder)
    assert isinstance(model, Captioner)
    after = model.clip_weights()
    assert before.network.state_dict().keys() == after.keys()
    changed = [name for name, weights in before.network.state_dict().items() if not torch.equal(weights, after[name])]
    assert changed == ["logit_scale"]
    captions = model.caption(pictures(32))
    assert all(caption.text.startswith(("A ", "In ", "This ", "The ", "SAR ", "An ", "Radar ")) for caption in captions)


def test_the_vocabulary_is_learnt_from_the_training_splits_and_kept(frozen_run, corpus):
    _, run = frozen_run
    vocabulary = load_model(run).vocabulary
    assert vocabulary.is_learnt
    assert vocabulary.size <= 4096
    assert read_vocabulary(run / "vocabulary.json").text() == vocabulary.text()
    words = vocabulary.tokens(["A SAR image of a ship."], 77)[0]
    assert int((words < vocabulary.pieces).sum()) < 12


def test_a_second_run_from_it_writes_in_the_same_pieces(frozen_run, corpus, tmp_path):
    _, run = frozen_run
    recipe = make_train_recipe(tmp_path, corpus, run / "best")
    changes = ["stages.0.objective=coca", "stages.0.epochs=1", "stages.1.epochs=1", "stages.1.freeze=[decoder]"]
    again = train(load_recipe(recipe, TrainRecipe, changes), tmp_path / "again", workers=1)
    assert not (again / "vocabulary.json").exists()
    assert load_model(again).vocabulary.text() == load_model(run).vocabulary.text()
    first = load_model(again / "stages" / "chips").decoder.state_dict()
    last = load_model(again / "stages" / "all").decoder.state_dict()
    assert all(torch.equal(weights, last[name]) for name, weights in first.items())


def test_a_run_that_was_stopped_goes_on_with_its_vocabulary(frozen_run, corpus, tmp_path, monkeypatch):
    """Learnt anew, it would be of another corpus where that was built again in between."""
    clip, unbroken = frozen_run
    recipe = make_train_recipe(tmp_path, corpus, clip)
    changes = [*ON_A_CLIP, "stages.0.freeze=[image, text]", "stages.1.freeze=[image, text]"]
    loaded = load_recipe(recipe, TrainRecipe, changes)
    end_epoch, epochs = StageRun._end_epoch, []

    def broken(self, loss):
        epochs.append(loss)
        if len(epochs) == 3:
            raise KeyboardInterrupt
        return end_epoch(self, loss)

    monkeypatch.setattr(StageRun, "_end_epoch", broken)
    with pytest.raises(KeyboardInterrupt):
        train(loaded, tmp_path / "run", workers=1)
    monkeypatch.undo()
    monkeypatch.setattr("sarvl.training.data.vocabulary.learnt_vocabulary", None)
    run = train(loaded, tmp_path / "run", resume=True, workers=1)
    assert load_model(run / "last").weights_hash == load_model(unbroken / "last").weights_hash
    assert [step.loss for step in steps_of(run)] == [step.loss for step in steps_of(unbroken)]


def test_all_frozen_is_refused(corpus, tmp_path):
    clip = make_model(tmp_path)
    recipe = make_train_recipe(tmp_path, corpus, clip)
    frozen = load_recipe(recipe, TrainRecipe, [*ON_A_CLIP, "stages.0.freeze=[image, text, decoder]"])
    with pytest.raises(ModelError, match="both towers are frozen"):
        train(frozen, tmp_path / "run", workers=1)


def test_a_second_decoder_is_refused_before_anything_is_trained(frozen_run, corpus, tmp_path):
    _, run = frozen_run
    recipe = make_train_recipe(tmp_path, corpus, run / "best")
    with pytest.raises((ModelError, RecipeError), match="has a decoder of captions already"):
        train(load_recipe(recipe, TrainRecipe, ON_A_CLIP), tmp_path / "run", workers=1)

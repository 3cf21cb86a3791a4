"""Image-text models of transformers learn by objective answers: what is written where, and runs with LoRA."""

import numpy as np
import pytest
import torch
from gpts import answer_recipe, question_corpus

pytest.importorskip("transformers", reason="needs the extra sarvl[transformers]")
from tiny_image_text import KINDS, tiny_model

from sarvl.errors import ModelError
from sarvl.imagery import PreparedImages, Quantity, SarImage
from sarvl.models import load_model
from sarvl.models.answering.answer_learning import LearningImageTextModel
from sarvl.models.answering.image_text_model import ImageTextModel
from sarvl.models.networks.towers import tower_of
from sarvl.models.protocols import AnswerLearner, Trainable
from sarvl.training import read_metrics, train
from sarvl.training.run.metrics import StepMetrics

PAIRS = [[("Is there a ship?", "yes"), ("How many ships are there?", "12 ships")], [("Where?", "no")]]


@pytest.fixture(scope="module")
def learner(tmp_path_factory):
    root = tmp_path_factory.mktemp("tiny")

    def of(kind: str) -> LearningImageTextModel:
        try:
            folder = tiny_model(kind, root)
        except ImportError as problem:
            pytest.skip(f"the installed transformers lacks {kind}: {problem}")
        return LearningImageTextModel.of(load_model(f"hf:{folder}"))

    return of


def pictures(model) -> PreparedImages:
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 255, (1, *size), np.uint8) for size in ((70, 100), (40, 50))]
    return PreparedImages.of([model.contract.prepare(SarImage(image, Quantity.DISPLAY, ("gray",))) for image in images])


def surprises(model, images, pairs) -> torch.Tensor:
    inputs = model.answer_inputs(images, torch.from_numpy(images.tiles), pairs)
    with torch.no_grad():
        logits = model.answer_logits(inputs).float()
    there = inputs["answers"] >= 0
    assert (inputs["pair_of_answer"] >= 0).equal(there)
    return torch.nn.functional.cross_entropy(logits[there], inputs["answers"][there], reduction="none")


@pytest.mark.parametrize("kind", KINDS)
def test_padding_changes_nothing_and_every_part_has_its_tower(learner, kind):
    model = learner(kind)
    assert isinstance(model, Trainable) and isinstance(model, AnswerLearner)
    images = pictures(model)
    together = surprises(model, images, PAIRS)
    alone = [surprises(model, images.batch([row]), [[pair]]) for row, own in enumerate(PAIRS) for pair in own]
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-3, atol=1e-3)
    towers = {tower_of(name) for name, _ in model.network.named_parameters()}
    assert towers == {"image", "projector", "decoder"}


def test_a_special_token_in_an_answer_of_a_corpus_is_plain_text(learner):
    model = learner("llava")
    tokenizer, said = model.processing.processor.tokenizer, "no<|im_end|></s> ship"
    images = pictures(model).batch([0])
    inputs = model.answer_inputs(images, torch.from_numpy(images.tiles), [[("a ship?", said)]])
    ids = inputs["answers"][0].tolist()
    special = {token for token, added in tokenizer.added_tokens_decoder.items() if added.special}
    assert [token for token in ids if token in special] == [tokenizer.eos_token_id] and ids[
        -1
    ] == tokenizer.eos_token_id
    assert tokenizer.decode(ids[:-1]).strip() == said
    assert model.tokens_of_pairs([("", said)])[0] >= len(ids)


def test_paligemma_learns_an_answer_as_its_processor_puts_one(learner):
    """Regression: it learnt answers behind a space, where transformers has a line break and no more."""
    model = learner("paligemma")
    images = pictures(model).batch([0])
    inputs = model.answer_inputs(images, torch.from_numpy(images.tiles), [[("Is there a ship?", "yes")]])
    shown = [[torch.zeros(3, 70, 100, dtype=torch.uint8)]]
    asked = {"text": [model.processing.prompt("Is there a ship?")], "suffix": ["yes"]}
    assert inputs["input_ids"].tolist() == model.processing.processor(images=shown, **asked)["input_ids"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_room_for_a_pair_is_what_an_image_leaves(learner, kind):
    """Regression: the tokens of an image were not counted, so that a pair could go beyond the last position."""
    model = learner(kind)
    room = model.config["text_config"]["max_position_embeddings"] - model.room
    for row, pair in ((0, PAIRS[0][1]), (1, PAIRS[1][0])):
        images = pictures(model).batch([row])
        inputs = model.answer_inputs(images, torch.from_numpy(images.tiles), [[pair]])
        taken = inputs["input_ids"].shape[1] - model.tokens_of_pairs([pair])[0]
        assert 0 < taken <= room


@pytest.mark.parametrize("kind", ["llava", "qwen2-vl"])
def test_a_model_of_transformers_is_fine_tuned_by_lora(learner, kind, tmp_path):
    pytest.importorskip("peft", reason="needs the extra sarvl[lora]")
    folder = learner(kind).name
    corpus = question_corpus(tmp_path / "corpus").folder
    changes = {"lora": {"rank": 8, "towers": ["decoder"]}, "freeze": ["projector"], "warmup_share": 0.1}
    changes |= {"epochs": 1, "batch_size": 1, "sampling": "texts", "validation": None, "checkpointing": True}
    changes |= {"options": {}, "texts": {"sources": ["chips"], "families": ["label"]}}
    run = train(answer_recipe(tmp_path, corpus, {"start": folder}, **changes), tmp_path / "run", workers=1)
    steps = [row for row in read_metrics(run) if isinstance(row, StepMetrics)]
    assert np.mean([step.loss for step in steps[-4:]]) < np.mean([step.loss for step in steps[:4]])
    model = load_model(run)
    assert type(model) is ImageTextModel
    before, after = (each.network.state_dict() for each in (load_model(folder), model))
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved and {tower_of(name) for name in moved} == {"decoder"}
    assert all("proj" in name for name in moved)
    assert [entry.stage for entry in model.history] == ["answers"]


def test_a_batch_of_a_processor_goes_in_no_chunks(learner, tmp_path):
    corpus = question_corpus(tmp_path / "corpus").folder
    recipe = answer_recipe(tmp_path, corpus, {"start": learner("llava").name}, chunk=2)
    with pytest.raises(ModelError, match="cannot be parted into chunks; leave `chunk` out"):
        train(recipe, tmp_path / "run", workers=1)

"""Objective answers: the loss is of the answers' tokens alone, packed or not, and a run goes on to the last bit."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from gpts import answer_recipe, micro_gpt, question_corpus, tiny_llama
from micro import make_model

from sarvl.errors import ModelError, RecipeError
from sarvl.language.prompts import CAPTION_PROMPT
from sarvl.models import load_model
from sarvl.models.gpt.sarvl_gpt import SarvlGpt, SmallGpt
from sarvl.recipes import load_recipe
from sarvl.training import TrainRecipe, read_metrics, train
from sarvl.training.data.batches import StageData
from sarvl.training.data.corpora import Corpora
from sarvl.training.data.reading import learned_texts
from sarvl.training.executors.one_process import OneProcess
from sarvl.training.objectives.answers import OBJECTIVE, AnswerOptions, pairs_of, weights_of_tokens
from sarvl.training.recipe import Stage
from sarvl.training.run.log import TrainingLog
from sarvl.training.run.metrics import StepMetrics, tokens_told
from sarvl.training.stage_loss import StageLoss

SMALL = {"kind": "small", "width": 32, "layers": 2, "heads": 2}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return question_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return micro_gpt(tmp_path_factory.mktemp("model"))


def stage_of(corpus, **changes) -> Stage:
    fields = {"name": "answers", "corpus": str(corpus.folder), "objective": "answers", "learning_rate": 1e-3}
    return Stage.model_validate({**fields, "epochs": 1, "batch_size": 6, **changes})


def data_of(corpus, model, **changes) -> tuple[StageData, Stage]:
    stage = stage_of(corpus, **changes)
    return StageData.open(stage, "train", model, 1, workers=1), stage


def steps_of(run: Path) -> list[StepMetrics]:
    return [row for row in read_metrics(run) if isinstance(row, StepMetrics)]


def test_a_row_of_the_table_becomes_a_pair(corpus):
    rows = corpus.texts.to_pylist()
    for row, pair in zip(rows, pairs_of(corpus.texts, AnswerOptions()), strict=True):
        asked = f"Question: {row['text']}. Answer the question concisely."
        assert pair == ((CAPTION_PROMPT, row["text"]) if row["kind"] == "caption" else (asked, row["answer"]))
    assert {row["kind"] for row in rows} == {"caption", "question"}


def test_choices_are_answered_by_their_letter():
    import pyarrow as pa

    row = {"kind": "question", "text": "What is it?\nA. ship\nB. tank", "answer": "tank", "options": ["ship", "tank"]}
    (pair,) = pairs_of(pa.Table.from_pylist([row]), AnswerOptions())
    assert pair == ("What is it?\nA. ship\nB. tank\nAnswer with the letter of the right choice.", "B")


def test_a_stage_tells_what_the_texts_are_about_that_it_learns_from(corpus, model):
    """Regression: it told of all splits and texts of its corpora, and of questions that it never drew."""

    def taught(**changes) -> tuple[tuple[str, ...], tuple[str, ...]]:
        data, stage = data_of(corpus, model, **changes)
        learned = learned_texts(stage, data.corpora, data.texts)
        return data.corpora.classes_of(learned), data.corpora.question_kinds_of(learned)

    (classes, kinds), (of_chips, kinds_of_chips) = taught(), taught(texts={"sources": ["chips"]})
    assert set(of_chips) < set(classes)
    assert set(kinds_of_chips) < set(kinds)
    assert "position_of_most" in corpus.texts["family"].to_pylist()
    assert "position_of_most" not in kinds  # it is asked in the validation split alone
    assert taught(options={"question_weight": 0}) == (classes, ())  # each image has a caption, too
    assert taught(options={"caption_weight": 0}) == (classes, kinds)
    # Where an image has questions alone, they are drawn all the same.
    asked_of = {"options": {"question_weight": 0}, "texts": {"families": ["label", "region"]}}
    assert taught(**asked_of)[1] == ("label", "region")


def test_the_kinds_of_questions_are_told_by_the_class_that_they_are_about(corpus):
    corpora, every = Corpora((corpus,)), np.arange(len(corpus.texts))
    kinds = corpora.kinds_of_classes(every)
    questions = [row for row in corpora.texts.to_pylist() if row["kind"] == "question"]
    for name in corpora.classes_of(every):
        about = {row["family"] for row in questions if f'"{name}"' in row["claims"]}
        assert set(kinds.get(name, ())) == about
    assert kinds["ship"]
    assert {kind for own in kinds.values() for kind in own} == set(corpora.question_kinds_of(every))


def test_captions_and_questions_are_drawn_by_their_weights_and_none_twice(corpus):
    corpora = Corpora((corpus,))
    image = corpora.image_of_text
    owned = [np.flatnonzero(image == row) for row in np.unique(image)]
    owned = [own for own in owned if 0 < corpora.is_caption[own].sum() < len(own)] * 30
    for weight, share in ((3.0, 0.75), (1.0, 0.5), (0.0, 0.0)):
        options = AnswerOptions(caption_weight=weight)
        drawn = OBJECTIVE.drawn(corpora, owned, np.random.default_rng(0), options)
        assert corpora.is_caption[drawn[:, 0]].mean() == pytest.approx(share, abs=0.05)
    drawn = OBJECTIVE.drawn(corpora, owned, np.random.default_rng(0), AnswerOptions(pairs_an_image=4))
    for row, own in zip(drawn, owned, strict=True):
        there = row[row >= 0]
        assert len(there) == min(4, len(own)) == len(set(there.tolist()))
        assert set(there.tolist()) <= set(own.tolist())


def test_weights_make_every_pair_count_the_same():
    weights = weights_of_tokens(torch.tensor([[0, 0, 1, -1], [2, 3, 3, 3]]))
    torch.testing.assert_close(weights, torch.tensor([[0.5, 0.5, 1, 0], [1, 1 / 3, 1 / 3, 1 / 3]]))


def test_the_loss_is_of_the_answers_alone(corpus, model, monkeypatch):
    """What stands behind a place has a gradient from its logits exactly where a token of an answer comes next."""
    data, stage = data_of(corpus, model, options={"pairs_an_image": 3})
    batch = data.training_batch(0)
    inputs = OBJECTIVE.collate(model, batch, stage.options)
    whole = []

    def at_places(stream, kept):
        stream = stream.clone().requires_grad_()
        stream.retain_grad()
        whole.append((stream, kept))
        return stream.gather(1, kept[:, :, None].expand(-1, -1, stream.shape[2]))

    monkeypatch.setattr("sarvl.models.gpt.small_decoder.at_places", at_places)
    parts = OBJECTIVE.loss(OBJECTIVE.forward(model, inputs, stage.options), inputs, lambda value: value, stage.options)
    sum(parts.values()).backward()
    ((stream, kept),) = whole
    has_gradient = stream.grad.abs().sum(dim=2) > 0
    expected = torch.zeros_like(has_gradient)
    for row, places, answers in zip(expected, kept, inputs["answers"], strict=True):
        row[places[answers >= 0]] = True
    assert torch.equal(has_gradient, expected)
    model.network.zero_grad(set_to_none=True)


def test_packed_pairs_have_the_loss_and_the_gradient_of_pairs_alone(corpus, model):
    data, stage = data_of(corpus, model, options={"pairs_an_image": 3})
    batch = data.training_batch(1)
    model.network.eval()

    def gradient_of(batches) -> tuple[float, torch.Tensor, int]:
        model.network.zero_grad(set_to_none=True)
        pairs, total = sum(sum(map(len, each.texts_of_image)) for each in batches), 0.0
        for each in batches:
            inputs = OBJECTIVE.collate(model, each, stage.options)
            outputs = OBJECTIVE.forward(model, inputs, stage.options)
            loss = sum(OBJECTIVE.loss(outputs, inputs, lambda value: value, stage.options).values())
            share = sum(map(len, each.texts_of_image)) / pairs
            (share * loss).backward()
            total += share * float(loss.detach())
        gradients = [part.grad.flatten() for part in model.network.parameters() if part.grad is not None]
        return total, torch.cat(gradients), pairs

    alone = [
        data._batch(np.array([[text]]), batch.images.batch([row]))
        for row, texts in enumerate(batch.texts_of_image)
        for text in texts
    ]
    packed, gradient, pairs = gradient_of([batch])
    one_by_one, other, count = gradient_of(alone)
    model.network.zero_grad(set_to_none=True)
    assert pairs == count > len(batch.texts)
    assert packed == pytest.approx(one_by_one, rel=1e-5)
    torch.testing.assert_close(gradient, other, rtol=1e-4, atol=1e-6)


def test_chunks_and_checkpointing_give_the_same_gradient(corpus, model):
    """The tower stands still: what chunks of a batch normalise by is another matter."""
    data, _ = data_of(corpus, model, options={"pairs_an_image": 2})
    batch = data.training_batch(0)
    gradients = []
    for changes in ({}, {"chunk": 2}, {"checkpointing": True}):
        stage = stage_of(corpus, options={"pairs_an_image": 2}, **changes)
        model.network.train()
        model.gpt.visual.eval()
        model.network.set_grad_checkpointing(stage.checkpointing)
        model.network.zero_grad(set_to_none=True)
        StageLoss(stage, model, OneProcess()).gradient(batch)
        gradients.append(
            torch.cat([part.grad.flatten() for part in model.network.parameters() if part.grad is not None])
        )
    model.network.zero_grad(set_to_none=True)
    model.network.set_grad_checkpointing(False)
    for first, other in pairwise(gradients):
        torch.testing.assert_close(first, other, rtol=1e-4, atol=1e-6)


def test_a_pair_without_room_is_left_out_and_told(corpus, model, capsys):
    rooms = model.tokens_of_pairs(pairs_of(corpus.texts, AnswerOptions()))

    class Narrow:
        name, room = "narrow", sorted(rooms)[-5]
        contract, network = model.contract, model.network
        tokens_of_pairs = staticmethod(model.tokens_of_pairs)

    data = StageData.open(stage_of(corpus), "train", Narrow(), 1, workers=1)
    kept = pairs_of(corpus.texts.take(data.texts.texts), AnswerOptions())
    assert max(model.tokens_of_pairs(kept)) <= Narrow.room
    assert "do not fit narrow and are left out" in capsys.readouterr().err


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return make_model(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="module")
def recipe(corpus, clip, tmp_path_factory):
    path = answer_recipe(tmp_path_factory.mktemp("recipe"), corpus.folder, {"start": str(clip), "language": SMALL})
    return load_recipe(path, TrainRecipe)


@pytest.fixture(scope="module")
def run(recipe, tmp_path_factory):
    return train(recipe, tmp_path_factory.mktemp("run") / "run", workers=1)


def test_a_clip_becomes_a_model_that_answers(run, clip, corpus):
    steps, model = steps_of(run), load_model(run)
    assert type(model) is SmallGpt
    assert sum(steps[-1].parts.values()) < sum(steps[0].parts.values())
    assert set(steps[0].parts) == {"question", "caption"}
    assert model.vocabulary.is_learnt
    assert "Answer the question concisely" in model.vocabulary.words(
        model.vocabulary.pieces_of(["Answer the question concisely"])[0]
    )
    assert len(model.vocabulary.pieces_of(["Answer the question concisely."])[0]) < 8
    assert [entry.stage for entry in model.history] == ["answers"]


def test_a_run_tells_the_tokens_of_texts_that_it_saw(run, corpus, model):
    seen = [step.tokens for step in steps_of(run)]
    assert all(seen)
    assert tokens_told(run, "answers") == f"{len(seen)} steps, {sum(seen):,} tokens of texts seen"
    assert tokens_told(run, "another") is None
    data, stage = data_of(corpus, model)
    inputs = OBJECTIVE.collate(model, data.training_batch(0), stage.options)
    assert OBJECTIVE.tokens_of(inputs) == int((inputs["pair"] >= 0).sum()) < inputs["pair"].numel()


def test_a_run_that_was_killed_goes_on_to_the_last_bit(recipe, run, tmp_path, monkeypatch):
    write = TrainingLog.write

    def dying(log, metrics):
        if metrics.global_step == 5 and isinstance(metrics, StepMetrics):
            raise KeyboardInterrupt
        write(log, metrics)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(TrainingLog, "write", dying)
        train(recipe, tmp_path / "run", workers=1)
    again = train(recipe, tmp_path / "run", resume=True, workers=1)
    assert (again / "metrics.jsonl").read_text() == (run / "metrics.jsonl").read_text()
    assert load_model(again / "last").weights_hash == load_model(run / "last").weights_hash


def test_the_tower_stays_where_it_is_frozen_and_so_does_the_decoder(corpus, run, tmp_path):
    """A second stage from a trained one, as sar-gpt does: what is not frozen moves."""
    changes = {"epochs": 1, "freeze": ["image", "text_decoder.blocks.*"], "validation": None}
    path = answer_recipe(tmp_path, corpus.folder, {"start": str(run)}, **changes)
    again = load_model(train(path, tmp_path / "again", workers=1))
    before, after = (each.network.state_dict() for each in (load_model(run), again))
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved
    assert {name.partition(".")[0] for name in moved} == {"projector", "text_decoder"}
    assert not any(name.startswith("text_decoder.blocks") for name in moved)
    assert [entry.stage for entry in again.history] == ["answers", "answers"]


def test_lora_moves_the_decoders_linear_layers_alone(corpus, run, tmp_path):
    pytest.importorskip("peft", reason="needs the extra sarvl[lora]")
    changes = {"epochs": 1, "lora": {"rank": 8, "towers": ["decoder"]}, "validation": None}
    path = answer_recipe(tmp_path, corpus.folder, {"start": str(run)}, **changes)
    again = load_model(train(path, tmp_path / "again", workers=1))
    before, after = (each.network.state_dict() for each in (load_model(run), again))
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    layers = {f"text_decoder.blocks.{block}.{layer}.weight" for block in range(2) for layer in LAYERS}
    assert moved == layers | {name for name in before if name.startswith("projector.")}


LAYERS = ("queries_keys_values", "attended", "widen", "narrow")


def test_a_decoder_of_transformers_is_fine_tuned_and_resumed(corpus, clip, tmp_path, monkeypatch):
    """LoRA on all of its linear layers but the output's; its embedding, tied to that, stays as it was."""
    pytest.importorskip("peft", reason="needs the extra sarvl[lora]")
    pytest.importorskip("transformers", reason="needs the extra sarvl[transformers]")
    llama = tiny_llama(tmp_path / "llama")
    language = {"kind": "transformers", "model": str(llama)}
    changes = {"epochs": 1, "lora": {"rank": 8, "towers": ["decoder"]}, "freeze": ["image"], "checkpointing": True}
    path = answer_recipe(tmp_path, corpus.folder, {"start": str(clip), "language": language}, **changes)
    run = train(path, tmp_path / "run", workers=1)
    model = load_model(run)
    assert type(model) is SarvlGpt
    from transformers import LlamaForCausalLM

    start, trained = LlamaForCausalLM.from_pretrained(llama).state_dict(), model.gpt.text_decoder.model.state_dict()
    moved = {name for name in start if not torch.equal(start[name], trained[name])}
    assert moved == {name for name in start if name.endswith("_proj.weight")}
    write = TrainingLog.write

    def dying(log, metrics):
        if metrics.global_step == 2 and isinstance(metrics, StepMetrics):
            raise KeyboardInterrupt
        write(log, metrics)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(TrainingLog, "write", dying)
        train(path, tmp_path / "other", workers=1)
    again = train(path, tmp_path / "other", resume=True, workers=1)
    assert [step.loss for step in steps_of(again)] == [step.loss for step in steps_of(run)]
    assert load_model(again / "last").weights_hash == load_model(run / "last").weights_hash


def test_a_model_that_answers_learns_on_from_tiles(corpus, run, tmp_path):
    tiled = {"start": str(run), "frame": {"kind": "tiled", "tile": 32, "most_tiles": 4}}
    model = load_model(train(answer_recipe(tmp_path, corpus.folder, tiled, epochs=1), tmp_path / "tiled", workers=1))
    assert model.contract.frame.told == "up to 4 tiles of 32 x 32 pixels, beside a thumbnail (squash), linear"
    assert model.vocabulary.size == load_model(run).vocabulary.size


def test_what_does_not_go_together_is_one_line(corpus, clip, run, tmp_path):
    for model, stage, reason in (
        ({"start": str(clip)}, {}, "is a Clip, but objective answers of stage answers needs an AnswerLearner"),
        ({"start": str(run)}, {"objective": "infonce", "options": {}}, "needs a TwoTowers"),
        ({"start": str(run), "language": SMALL}, {}, "needs a Clip"),
        ({"start": str(run), "frame": {"kind": "square", "size": 64}}, {}, "squares or tiles of 32 pixels"),
        ({"start": str(clip)}, {"objective": "infonce", "options": {}, "batch_size": 1}, "a batch_size of 2 or more"),
        ({"start": str(clip), "language": SMALL}, {"freeze": ["scale"]}, "scale is no tower and no parameter"),
    ):
        with pytest.raises((ModelError, RecipeError), match=reason) as caught:
            train(answer_recipe(tmp_path, corpus.folder, model, **stage), tmp_path / "none", workers=1)
        assert "\n" not in str(caught.value)


def test_a_dry_run_says_what_a_step_costs(recipe, tmp_path):
    from sarvl.training.planning import dry_run

    (plan,) = dry_run(recipe, str(tmp_path / "plan"), workers=1)
    assert plan.images > 20
    assert plan.cost.step_flops > 0

"""Batches: who is in them, and that each is a function of its step alone."""

import json
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from micro import make_corpus, micro_model

from sarvl.corpus import Corpus, pixel_cache
from sarvl.errors import CorpusError
from sarvl.files import sha256_of, write_json
from sarvl.training.data.batches import StageData
from sarvl.training.data.tokens import token_cache
from sarvl.training.executors.one_process import OneProcess
from sarvl.training.hooks import VALIDATION_LOSS, validate
from sarvl.training.objective import Batch
from sarvl.training.recipe import Stage
from sarvl.training.stage_loss import StageLoss


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return make_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return micro_model(tmp_path_factory.mktemp("config"))


def data_stage(corpus, **fields: object) -> Stage:
    stage = {"name": "one", "corpus": corpus.folder, "epochs": 2, "batch_size": 8, "learning_rate": 0.1} | fields
    return Stage.model_validate(stage)


def opened(corpus, model, split: str = "train", seed: int = 1, **fields: object) -> StageData:
    return StageData.open(data_stage(corpus, **fields), split, model, seed, workers=1)


def rows_in(data: StageData, batch: Batch) -> list[int]:
    """Return the rows of the images table that a batch shows, found by their pixels."""
    row_of = {data.images.batch([row]).tiles.tobytes(): int(row) for row in data.rows}
    return [row_of[pixels.numpy().tobytes()] for pixels in batch.pixels]


def texts_by_image(data: StageData) -> dict[int, list[int]]:
    parts = np.split(data.texts.texts, data.texts.starts[1:-1])
    return {int(row): part.tolist() for row, part in zip(data.rows, parts, strict=True)}


def equal(left: Batch, right: Batch) -> bool:
    names = ("texts", "pixels", "tokens", "meanings")
    return all(np.array_equal(getattr(left, name), getattr(right, name)) for name in names)


def test_an_epoch_shows_each_image_at_most_once(corpus, model):
    data = opened(corpus, model)
    steps = data.steps_per_epoch
    assert steps == len(data.rows) // 8
    shown = [
        [row for step in range(steps) for row in rows_in(data, data.training_batch(epoch * steps + step))]
        for epoch in (0, 1)
    ]
    for rows in shown:
        assert len(rows) == len(set(rows)) == 8 * steps
        assert set(rows) <= set(data.rows.tolist())
    assert shown[0] != shown[1]


def test_the_order_of_an_epoch_is_drawn_once(corpus, model, monkeypatch):
    data = opened(corpus, model)
    drawn = []
    make = np.random.default_rng

    def counted(seed):
        drawn.append(tuple(seed))
        return make(seed)

    monkeypatch.setattr(np.random, "default_rng", counted)
    steps = data.steps_per_epoch
    for step in range(2 * steps):
        data.training_batch(step)
    assert [seed for seed in drawn if len(seed) == 2] == [(1, 0), (1, 1)]


def test_a_batch_depends_on_nothing_before_it(corpus, model):
    first, second = opened(corpus, model), opened(corpus, model)
    expected = [first.training_batch(step) for step in range(5)]
    for step in (4, 0, 3, 3):
        assert equal(second.training_batch(step), expected[step])
    assert not equal(opened(corpus, model, seed=2).training_batch(0), expected[0])


def test_each_image_comes_with_one_of_its_own_captions(corpus, model):
    data = opened(corpus, model)
    family = corpus.texts.column("family").to_pylist()
    drawn = set()
    for step in range(12):
        batch = data.training_batch(step)
        for place, row in enumerate(rows_in(data, batch)):
            texts = corpus.texts_of_image[row]
            matching = [
                text for text in texts if torch.equal(model.tokenize([corpus.sentences[text]])[0], batch.tokens[place])
            ]
            assert matching
            assert bool(data.movable(batch)[place]) == (family[matching[0]] == "classification")
            drawn.add((row, matching[0]))
    assert len(drawn) > len(data.rows)  # over the epochs an image gets several of its captions


def test_meanings_in_a_batch_are_equal_where_the_claims_are(corpus, model):
    data = opened(corpus, model, texts={"sources": ["chips"]})
    batch = data.training_batch(0)
    labels = [corpus.column("label")[row] for row in rows_in(data, batch)]
    same = [[left == right for right in labels] for left in labels]
    assert (batch.meanings[:, None] == batch.meanings[None, :]).tolist() == same
    assert len(set(labels)) < len(labels)


def test_validation_shows_every_image_once_with_one_of_its_texts_and_always_the_same(corpus, model):
    data = opened(corpus, model, "val", batch_size=4)
    batches = list(data.validation_batches())
    rows = [row for batch in batches for row in rows_in(data, batch)]
    assert sorted(rows) == data.rows.tolist() != rows
    texts = [int(text) for batch in batches for text in batch.texts]
    assert all(text in corpus.texts_of_image[row] for row, text in zip(rows, texts, strict=True))
    assert all(equal(*pair) for pair in zip(batches, data.validation_batches(), strict=True))
    other = opened(corpus, model, "val", batch_size=4, seed=2)
    assert [row for batch in other.validation_batches() for row in rows_in(other, batch)] != rows


def in_another_order(corpus, folder, images: np.ndarray, texts: np.ndarray) -> Corpus:
    """Return a copy of a corpus whose tables have their rows in another order."""
    shutil.copytree(corpus.folder, folder, ignore=shutil.ignore_patterns("pixels", "tokens"))
    for name, table, order in (("images", corpus.images, images), ("texts", corpus.texts, texts)):
        pq.write_table(table.take(order), folder / f"{name}.parquet", write_page_checksum=True)
    info = json.loads((folder / "corpus.json").read_text())
    write_json(folder / "corpus.json", info | {"digest": sha256_of(images.tobytes() + texts.tobytes())})
    return Corpus.open(folder)


def test_the_validation_loss_does_not_follow_the_order_of_the_corpus(corpus, model):
    """It was 2.54 of a corpus sorted by class, and 1.95 of the same rows shuffled."""
    draw = np.random.default_rng(3)
    shuffled = draw.permutation(len(corpus.images)), draw.permutation(len(corpus.texts))
    by_class = np.argsort(np.array(corpus.column("label"), str), kind="stable"), np.arange(len(corpus.texts))
    losses = []
    for name, order in (("same", None), ("shuffled", shuffled), ("by_class", by_class)):
        there = corpus.folder.parent / name
        used = in_another_order(corpus, there, *order) if order else corpus
        data = opened(used, model, "val", batch_size=4)
        losses.append(validate(model, StageLoss(data_stage(used), model, OneProcess()), data)[VALIDATION_LOSS])
    assert losses[0] == losses[1] == losses[2] > 0


def test_a_split_smaller_than_a_batch_is_one_batch(corpus, model):
    data = opened(corpus, model, "val", batch_size=500)
    assert (data.batch_size, data.steps_per_epoch) == (len(data.rows), 1)


def test_texts_that_do_not_fit_are_left_out_and_said(corpus, model, capsys):
    texts_of = [[corpus.sentences[text] for text in corpus.texts_of_image[row]] for row in corpus.rows_of("train")]
    length = {text: int(model.tokenizer([text]).argmax()) + 1 for texts in texts_of for text in texts}
    context = max(min(length[text] for text in texts) for texts in texts_of)
    model.tokenizer.context_length = context
    try:
        data = opened(corpus, model)
    finally:
        model.tokenizer.context_length = 77
    fitting = [[corpus.sentences[text] for text in texts] for texts in texts_by_image(data).values()]
    assert fitting == [[text for text in texts if length[text] <= context] for texts in texts_of]
    left_out = sum(length[text] > context for texts in texts_of for text in texts)
    assert left_out > 0
    assert f"{left_out} of {5 * len(data.rows)} texts" in " ".join(capsys.readouterr().err.split())


def test_only_the_captions_that_the_stage_keeps_are_learned_from(corpus, model, capsys):
    data = opened(corpus, model, texts={"families": ["general", "totals"], "sources": ["scenes"]})
    families, sources = corpus.texts.column("family").to_pylist(), corpus.column("source")
    split = corpus.rows_of("train").tolist()
    kept = {
        row: [text for text in corpus.texts_of_image[row] if families[text] in {"general", "totals"}]
        for row in split
        if sources[row] == "scenes"
    }
    assert texts_by_image(data) == {row: texts for row, texts in kept.items() if texts}
    left_out = len(split) - len(data.rows)
    assert f"{left_out} of {len(split)} images" in " ".join(capsys.readouterr().err.split())


def test_a_stage_that_keeps_no_caption_is_an_error(corpus, model):
    with pytest.raises(CorpusError, match="stage one keeps captions of 0 images of split 'train'"):
        opened(corpus, model, texts={"families": ["classification"], "sources": ["scenes"]})
    with pytest.raises(CorpusError, match="stage one: texts: sources: 'ships' is unknown; there are chips, scenes"):
        opened(corpus, model, texts={"sources": ["ships"]})


def test_an_image_without_a_fitting_text_is_an_error(corpus, model):
    model.tokenizer.context_length = 3
    try:
        with pytest.raises(CorpusError, match="write a shorter one"):
            opened(corpus, model)
    finally:
        model.tokenizer.context_length = 77


def test_the_token_cache_is_made_once_and_is_of_one_tokenizer(tmp_path, model):
    corpus = make_corpus(tmp_path)
    first = token_cache(corpus, model, ("caption",))
    (path,) = (corpus.folder / "tokens").iterdir()
    made = path.stat().st_mtime_ns
    again = token_cache(corpus, model, ("caption",))
    assert path.stat().st_mtime_ns == made
    captions = corpus._rows_of_kind("caption")
    expected = model.tokenize([corpus.sentences[text] for text in captions])
    assert torch.equal(first.of(captions), expected)
    assert torch.equal(again.of(captions), expected)
    assert len(first.rows) == len({corpus.sentences[text] for text in captions})
    assert not first.rows.flags.writeable
    model.tokenizer.context_length = 60
    try:
        assert token_cache(corpus, model, ("caption",)).rows.shape[1] == 60
    finally:
        model.tokenizer.context_length = 77
    assert len(list((corpus.folder / "tokens").iterdir())) == 2


@pytest.mark.parametrize("damage", [lambda data: data[:50], lambda data: data[:-4], lambda data: b""])
def test_a_damaged_token_cache_is_one_clear_error(tmp_path, model, damage):
    corpus = make_corpus(tmp_path)
    token_cache(corpus, model, ("caption",))
    (path,) = (corpus.folder / "tokens").iterdir()
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CorpusError, match="not the tokens of this corpus; remove the file"):
        token_cache(corpus, model, ("caption",))


def test_an_unknown_split_is_an_error(corpus, model):
    with pytest.raises(CorpusError, match="no image in split 'other'"):
        opened(corpus, model, "other")


def test_the_pixel_cache_is_made_once_and_equals_preparing_each_image(tmp_path, model):
    corpus = make_corpus(tmp_path)
    first = pixel_cache(corpus, model.contract)
    (path,) = (corpus.folder / "pixels").iterdir()
    made = path.stat().st_mtime_ns
    again = opened(corpus, model).images
    assert path.stat().st_mtime_ns == made
    expected = np.concatenate([model.contract.prepare(corpus.read(row)).tiles for row in range(len(corpus.images))])
    np.testing.assert_array_equal(first.tiles, expected)
    np.testing.assert_array_equal(again.tiles, expected)
    assert not first.tiles.flags.writeable


def test_each_image_of_a_training_batch_is_at_one_of_the_gains(corpus, model):
    data = opened(corpus, model, augmentation={"gain_db": 6.0})
    gains = (-6.0, -3.0, 0.0, 3.0, 6.0)
    at_gain = [pixel_cache(corpus, model.contract, 1, gain) for gain in gains]
    drawn = set()
    for step in range(2 * data.steps_per_epoch):
        batch = data.training_batch(step)
        for place, row in enumerate(data.corpora.image_of_text[batch.texts]):
            shown = [images[row].tiles.tobytes() for images in at_gain]
            drawn.add(shown.index(batch.pixels[place].numpy().tobytes()))
        assert equal(batch, opened(corpus, model, augmentation={"gain_db": 6.0}).training_batch(step))
    assert drawn == {0, 1, 2, 3, 4}
    assert opened(corpus, model, split="val", augmentation={"gain_db": 6.0}).gained == ()

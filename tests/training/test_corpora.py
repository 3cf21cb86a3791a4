"""Several corpora in a stage: what an epoch shows of each, that rows do not mix, and that a killed run goes on."""

from collections import Counter

import numpy as np
import pytest
import torch
from micro import make_corpus, make_model, make_train_recipe, micro_model
from pydantic import ValidationError

from sarvl.errors import CorpusError, ModelError
from sarvl.models import load_model
from sarvl.recipes import load_recipe
from sarvl.training import TrainRecipe, read_metrics, train
from sarvl.training.data.batches import StageData
from sarvl.training.data.sampling import EpochOrder, whole_shares
from sarvl.training.data.tokens import token_cache
from sarvl.training.objective import OBJECTIVES
from sarvl.training.pairs import are_alike, is_same
from sarvl.training.recipe import Stage
from sarvl.training.run.log import TrainingLog


@pytest.fixture(scope="module")
def corpora(tmp_path_factory):
    """Two corpora of the same kinds of images; the second has more chips, and other bytes."""
    return [make_corpus(tmp_path_factory.mktemp("corpus"), seed, chips) for seed, chips in ((0, 12), (1, 20))]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return micro_model(tmp_path_factory.mktemp("config"))


def stage_of(corpora, weights=(None, None), **fields: object) -> Stage:
    parts = [
        {"corpus": corpus.folder} | ({"weight": weight} if weight else {})
        for corpus, weight in zip(corpora, weights, strict=True)
    ]
    fields = {"name": "one", "epochs": 2, "batch_size": 8, "learning_rate": 0.1} | fields
    return Stage.model_validate(fields | {"corpora": parts})


def opened(corpora, model, split: str = "train", weights=(None, None), **fields: object) -> StageData:
    return StageData.open(stage_of(corpora, weights, **fields), split, model, 1, workers=1)


def shown(data: StageData, epoch: int = 0) -> np.ndarray:
    return data.rows[data.order.of(epoch)]


def test_one_corpus_is_shown_in_the_order_that_it_always_was():
    expected = np.random.default_rng([7, 3]).permutation(41)
    assert np.array_equal(EpochOrder.evenly(41, 7).of(3), expected)


def test_without_weights_every_image_of_both_comes_once(corpora, model):
    for fields in ({}, {"weights": (2, 1), "sampling": "evenly"}):
        data = opened(corpora, model, **fields)
        assert sorted(shown(data)) == data.rows.tolist()
        first = len(corpora[0].rows_of("train"))
        assert np.array_equal(data.corpora.part_of_images(data.rows), [0] * first + [1] * (len(data.rows) - first))


@pytest.mark.parametrize("weights", [(2, 1), (1, 2), (9, 1)])
def test_weights_are_shares_of_an_epoch(corpora, model, weights):
    data = opened(corpora, model, weights=weights)
    of_first = np.count_nonzero(data.corpora.part_of_images(shown(data)) == 0)
    assert of_first == round(len(data.rows) * weights[0] / sum(weights))
    assert len(shown(data)) == len(data.rows)
    times = Counter(shown(data).tolist())
    for part in (0, 1):  # no image of a corpus comes twice more often than another
        own = data.rows[data.corpora.part_of_images(data.rows) == part]
        counts = [times[row] for row in own.tolist()]
        assert max(counts) - min(counts) <= 1
    assert Counter(shown(data, 1).tolist()) != times  # which ones come once more is drawn anew


def test_classes_are_shown_equally_often(corpora, model):
    data = opened(corpora, model, sampling="class", texts={"sources": ["chips"]})
    labels = np.array(data.corpora.images["label"].to_pylist())
    assert set(Counter(labels[shown(data)]).values()) <= {len(data.rows) // 3, len(data.rows) // 3 + 1}
    scenes = opened(corpora[:1], model, weights=(None,), sampling="class", texts={"sources": ["scenes"]})
    classes = scenes.corpora.parts[0].object_classes
    in_images = Counter(name for row in scenes.rows for name in classes[row])
    rarest = [min(classes[row], key=lambda name: (in_images[name], name)) for row in shown(scenes)]
    assert max(Counter(rarest).values()) - min(Counter(rarest).values()) <= 1


@pytest.mark.parametrize("sampling", ["weight", "texts"])
def test_an_image_that_comes_twice_in_a_batch_is_no_negative_of_itself(corpora, model, sampling):
    """Regression: only captions that say the same were positives, and other captions of the same image negatives."""
    fields = {"sampling": sampling, "texts": {"sources": ["scenes"]}, "batch_size": 16}
    data = opened(corpora, model, weights=(9, 1), **fields)
    batch = data.training_batch(0)
    rows = torch.from_numpy(data.corpora.image_of_text[batch.texts])
    same_image, same_words = is_same(rows), is_same(batch.meanings)
    assert bool((same_image & ~same_words).any())
    objective = OBJECTIVES.get("infonce")
    inputs = objective.collate(model, batch, objective.options())
    assert torch.equal(are_alike(inputs, lambda tensor: tensor), same_image | same_words)


def test_whole_shares_add_up():
    assert whole_shares(10, [1, 1, 1]) == [4, 3, 3]
    assert whole_shares(7, [2, 1]) == [5, 2]


def test_the_pixels_and_tokens_of_a_batch_are_those_of_its_corpus(corpora, model):
    data = opened(corpora, model)
    alone = [StageData.open(stage_of([corpus], (None,)), "train", model, 1, workers=1) for corpus in corpora]
    seen = set()
    for step in range(data.steps_per_epoch):
        batch = data.training_batch(step)
        images = data.corpora.image_of_text[batch.texts]
        for place, (row, text) in enumerate(zip(images.tolist(), batch.texts.tolist(), strict=True)):
            part = int(data.corpora.part_of_images(np.array([row]))[0])
            own = row - data.corpora.image_starts[part]
            assert np.array_equal(alone[part].images.batch([own]).tiles[0], batch.pixels[place])
            sentence = corpora[part].sentences[text - data.corpora.text_starts[part]]
            assert torch.equal(model.tokenize([sentence])[0], batch.tokens[place])
            seen.add(part)
    assert seen == {0, 1}


def test_equal_words_of_two_corpora_mean_the_same(corpora, model):
    data = opened(corpora, model, texts={"sources": ["chips"]})
    batch = next(iter(data.validation_batches()))
    labels = data.corpora.images["label"].take(data.corpora.image_of_text[batch.texts]).to_pylist()
    same = [[left == right for right in labels] for left in labels]
    assert (batch.meanings[:, None] == batch.meanings[None, :]).tolist() == same


def test_validation_is_over_the_same_corpora(corpora, model):
    data = opened(corpora, model, "val")
    rows = sorted(int(row) for batch in data.validation_batches() for row in data.corpora.image_of_text[batch.texts])
    assert rows == data.rows.tolist()
    assert len(rows) == sum(len(corpus.rows_of("val")) for corpus in corpora)


@pytest.mark.parametrize("processes", [2, 64])
def test_validation_does_not_depend_on_the_number_of_processes(corpora, model, processes):
    """Regression: its batches were as large as processes could share, and none where there were more of them."""
    stage, alone = stage_of(corpora, batch_size=15), opened(corpora, model, "val", batch_size=15)
    data = StageData.open(stage, "val", model, 1, workers=1, processes=processes)
    sizes = [[len(batch.texts) for batch in each.validation_batches()] for each in (alone, data)]
    assert sizes[0] == sizes[1]


def test_a_corpus_without_a_text_of_the_kind_has_no_tokens(corpora, model):
    """Regression: one of several corpora that had no caption ended the run with an index out of bounds."""
    tokens = token_cache(corpora[0], model, ("question",))
    assert tokens.rows.shape == (0, 77)
    assert (tokens.row_of_text == -1).all()


def test_a_filter_names_what_some_corpus_has(corpora, model, capsys):
    with pytest.raises(CorpusError, match="sources: 'ships' is unknown; there are chips, scenes"):
        opened(corpora, model, texts={"sources": ["ships"]})
    opened(corpora, model, texts={"families": ["totals"], "sources": ["scenes"]})
    assert str(corpora[1].folder) in "".join(capsys.readouterr().err.split())


def test_a_weight_for_nothing_is_an_error(corpora, model, monkeypatch):
    monkeypatch.setattr("sarvl.training.data.batches._fitting", lambda corpora, kept, *_: kept_of_first(corpora, kept))

    def kept_of_first(corpora, kept):
        texts = kept.texts[kept.texts < corpora.text_starts[1]]
        return type(kept).of(texts, corpora.image_of_text)

    with pytest.raises(ModelError, match=r"no image of .* is left to be drawn; take the corpus out"):
        opened(corpora, model, weights=(1, 1))


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({}, "give either corpus"),
        ({"corpus": "a", "corpora": [{"corpus": "b"}]}, "give either corpus"),
        ({"corpora": [{"corpus": "a", "weight": 1}, {"corpus": "b"}]}, "a weight to each"),
        ({"corpora": [{"corpus": "a"}, {"corpus": "a"}]}, "stands twice"),
        ({"corpora": [{"corpus": "a", "weight": 0}]}, "greater than 0"),
        ({"corpus": "a", "sampling": "often"}, "'weight', 'class', 'evenly' or 'texts'"),
    ],
)
def test_what_a_recipe_cannot_say(fields, problem):
    with pytest.raises(ValidationError, match=problem):
        Stage.model_validate({"name": "one", "epochs": 1, "learning_rate": 0.1} | fields)


def test_a_killed_run_over_two_corpora_goes_on_to_the_same_losses(corpora, tmp_path, monkeypatch):
    parts = [{"corpus": str(corpus.folder), "weight": weight} for corpus, weight in zip(corpora, (2, 1), strict=True)]
    stage = {"name": "both", "corpora": parts, "epochs": 2, "batch_size": 8, "learning_rate": 1e-3}
    path = make_train_recipe(tmp_path, tmp_path, make_model(tmp_path), stages=[stage | {"validation": "val"}])
    recipe = load_recipe(path, TrainRecipe)
    unbroken = train(recipe, tmp_path / "unbroken", workers=1)
    write = TrainingLog.write

    def dying(log, metrics):
        if metrics.global_step == 5:
            raise KeyboardInterrupt
        write(log, metrics)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(TrainingLog, "write", dying)
        train(recipe, tmp_path / "run", workers=1)
    run = train(recipe, tmp_path / "run", resume=True, workers=1)
    assert read_metrics(run) == read_metrics(unbroken)
    history = load_model(str(run / "last")).history
    assert history[-1].digests == tuple(corpus.digest for corpus in corpora)
    labelled = {name for corpus in corpora for names in corpus.column("labelled_classes") for name in names or ()}
    assert labelled <= set(history[-1].classes or ())
    assert history[-1].question_kinds == ()  # this objective learns from no question

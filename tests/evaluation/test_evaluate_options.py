"""What can be asked of an evaluation: fewer images, batches, spellings of a model; and what is checked before it."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from micro import make_build_recipe, make_corpus, make_model

import sarvl.models
from sarvl.corpus import BuildRecipe, build
from sarvl.errors import EvaluationError
from sarvl.evaluation import evaluated as module
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.evaluator import evaluate
from sarvl.evaluation.results import results_of
from sarvl.evaluation.rows import append_rows, read_rows
from sarvl.imagery.bands import Named
from sarvl.models import load_model
from sarvl.recipes import load_recipe


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("options")
    make_corpus(folder / "data")
    make_model(folder)
    return folder


def test_a_limit_draws_the_same_images_and_stands_in_the_rows(folder, tmp_path):
    corpus, out = folder / "data" / "corpus", tmp_path / "rows.jsonl"
    whole = evaluate(folder / "model", corpus, "test", ["retrieval"], out, workers=1)
    few = evaluate(folder / "model", corpus, "test", ["retrieval"], out, limit=6, workers=1)
    again = evaluate(folder / "model", corpus, "test", ["retrieval"], tmp_path / "again.jsonl", limit=6, workers=1)
    assert few == again
    assert {row.settings.get("limit") for row in few} == {6}
    assert {row.settings.get("limit") for row in whole} == {None}
    assert read_rows(out) == [*whole, *few]
    images = SplitImages.open(corpus, "test")
    assert next(row.n for row in few if row.metric == "strict_image_to_text_R@1") == 6
    assert set(images.drawn(6).ids) < set(images.ids)
    assert images.drawn(6).ids == [name for name in images.ids if name in set(images.drawn(6).ids)]
    assert images.drawn(len(images.rows)) is images


def test_a_limited_evaluation_keeps_no_pixels_of_the_whole_corpus(folder, tmp_path):
    corpus = make_corpus(tmp_path)
    evaluate(folder / "model", corpus.folder, "test", ["retrieval"], tmp_path / "rows.jsonl", limit=4, workers=1)
    assert not (corpus.folder / "pixels").exists()


def test_a_limit_leaves_what_is_learnt_from_whole(folder):
    """Regression: ``--limit`` drew as many images of the training split, which then had no image of some classes."""
    images = SplitImages.open(folder / "data" / "corpus", "test").drawn(3)
    whole = SplitImages.open(folder / "data" / "corpus", "train")
    assert len(images.rows) == 3
    learnt = images.in_split("train")
    assert len(learnt.rows) == sum(len(whole.of_source(source)) for source in images.sources) > 3
    assert learnt.limit is None


def test_features_do_not_depend_on_the_batches(folder):
    images = SplitImages.open(folder / "data" / "corpus", "test")
    whole = EvaluatedModel.named(folder / "model", images).image_features
    parts = EvaluatedModel.named(folder / "model", images, batch_size=5, device="cpu").image_features
    np.testing.assert_allclose(parts, whole, atol=1e-6)
    few = EvaluatedModel.named(folder / "model", images.drawn(7)).image_features
    np.testing.assert_allclose(few, whole[[images.ids.index(name) for name in images.drawn(7).ids]], atol=1e-6)


@pytest.mark.parametrize(
    "spelling", ["model", "./model/", "../{name}/model", "{folder}/model", "link", "local-dir:model"]
)
def test_the_same_weights_are_one_model_however_they_are_spelt(folder, tmp_path, monkeypatch, spelling):
    monkeypatch.chdir(folder)
    if not Path("link").exists():
        Path("link").symlink_to("model")
    out, corpus = tmp_path / "rows.jsonl", folder / "data" / "corpus"
    first = evaluate("model", corpus, "test", ["retrieval"], out, workers=1)
    spelt = spelling.format(name=folder.name, folder=folder)
    monkeypatch.setattr(module.EvaluatedModel, "image_features", property(lambda _: pytest.fail("measured again")))
    assert evaluate(spelt, corpus, "test", ["retrieval"], out, workers=1) == first
    assert read_rows(out) == first


def test_rows_of_two_spellings_in_one_file_are_one_result(folder, tmp_path):
    out = tmp_path / "rows.jsonl"
    rows = evaluate(folder / "model", folder / "data" / "corpus", "test", ["retrieval"], out, workers=1)
    append_rows(out, [row.model_copy(update={"model": "./elsewhere"}) for row in rows])
    results, replaced = results_of([out])
    assert (len(results), replaced) == (len({row.source for row in rows}), len(rows))


@pytest.mark.parametrize(
    ("tasks", "reason"),
    [
        (["retrieval", "zeroshoot"], "no task 'zeroshoot'; did you mean zeroshot"),
        (["retrieval", "zeroshot"], "no source of split test has two image classes"),
    ],
)
def test_all_tasks_are_checked_before_a_model_is_loaded(folder, tmp_path, monkeypatch, tasks, reason):
    loads = []
    monkeypatch.setattr("sarvl.models.load_model", loads.append)
    monkeypatch.setattr(
        "sarvl.evaluation.classified_images._classes_of_images", lambda corpus: [""] * len(corpus.images)
    )
    with pytest.raises(EvaluationError, match=reason):
        evaluate(folder / "model", folder / "data" / "corpus", "test", tasks, tmp_path / "rows.jsonl", workers=1)
    assert loads == []
    assert not (tmp_path / "rows.jsonl").exists()


@pytest.mark.parametrize(
    "arguments", [("--task", "zeroshoot", "--corpus", "{corpus}"), ("--task", "retrieval", "--corpus", "absent")]
)
def test_a_mistake_does_not_cost_the_heavy_imports(folder, arguments):
    given = [part.format(corpus=folder / "data" / "corpus") for part in arguments]
    program = (
        "import sys, atexit\n"
        "atexit.register(lambda: print('torch' in sys.modules))\n"
        f"sys.argv = ['sarvl', 'evaluate', '--model', 'm', '--out', 'o', *{given}]\n"
        "from sarvl.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "False\n")
    assert done.stderr.startswith("error: ")


def test_a_source_that_does_not_fit_the_contract_stops_no_other(tmp_path, monkeypatch):
    """The cache of the corpus was made of all its images, also of those that were not asked for."""
    recipe = make_build_recipe(tmp_path)
    for picture in (tmp_path / "scenes").iterdir():
        cv2.imwrite(str(picture), cv2.applyColorMap(cv2.imread(str(picture)), cv2.COLORMAP_JET))
    build(load_recipe(recipe, BuildRecipe), tmp_path / "colour", workers=1)
    model = load_model(make_model(tmp_path))
    bands = tuple(band.model_copy(update={"source": Named(band="gray")}) for band in model.contract.bands)
    model.contract = model.contract.model_copy(update={"bands": bands})
    monkeypatch.setattr(sarvl.models, "load_model", lambda name: model)
    measured = (tmp_path / "model", tmp_path / "colour", "test", ["zeroshot"], tmp_path / "r.jsonl")
    with pytest.raises(EvaluationError, match="its input contract does not fit"):
        evaluate(*measured, workers=1)
    assert {row.source for row in evaluate(*measured, sources=["chips"], workers=1)} == {"chips"}


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"few_shot": {"shots": [0]}}, "task few_shot: has settings, but is not run"),
        ({"zeroshot": {}, "knn": {"nosuch": 3}}, "task knn: has settings, but is not run"),
        ({"zeroshot": {"nosuch": 3}}, "task zeroshot: nosuch"),
        ({"zeroshot": 5}, "task zeroshot: 5 sets nothing; name a setting, as in zeroshot.NAME=VALUE"),
    ],
)
def test_settings_that_would_do_nothing_are_one_line(folder, tmp_path, settings, reason):
    """Regression: those of a task that is not run were passed over without a word."""
    with pytest.raises(EvaluationError, match=reason) as caught:
        evaluate(folder / "model", folder / "data" / "corpus", "test", ["zeroshot"], tmp_path / "r", settings=settings)
    assert "\n" not in str(caught.value)

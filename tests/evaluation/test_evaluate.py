"""Evaluating: which rows are measured, that none is measured twice, and that they equal a task called by hand."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from micro import CLASSES, make_corpus, make_model
from safetensors.torch import load_file, save_file

from sarvl.corpus import Corpus
from sarvl.errors import CorpusError, EvaluationError, ModelError
from sarvl.evaluation import evaluated as module
from sarvl.evaluation import evaluator
from sarvl.evaluation.classified_images import classified_images
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.evaluator import evaluate
from sarvl.evaluation.outcomes import outcome_path, read_outcome
from sarvl.evaluation.rows import append_rows, read_rows
from sarvl.evaluation.task import TASKS, Task
from sarvl.evaluation.tasks import retrieval as retrieval_task
from sarvl.evaluation.tasks import zeroshot as zeroshot_task
from sarvl.evaluation.templates import DEFAULT_TEMPLATES, class_embeddings
from sarvl.imagery import PreparedImages
from sarvl.measures.retrieval import retrieval
from sarvl.models import load_model

NAMES = ("retrieval", "zeroshot")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Corpus:
    return make_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    return make_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def rows_path(corpus, model, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    evaluate(str(model), corpus.folder, "test", NAMES, out, workers=1)
    return out


def copied(rows_path: Path, folder: Path) -> Path:
    """Copy rows and their outcomes."""
    shutil.copytree(rows_path.with_suffix(".outcomes"), folder / "rows.outcomes")
    return Path(shutil.copy(rows_path, folder / "rows.jsonl"))


def measured(rows_path: Path, task: str, source: str = "all") -> dict[str, float]:
    return {row.metric: row.value for row in read_rows(rows_path) if (row.task, row.source) == (task, source)}


def test_rows_say_all_that_they_rest_on(rows_path, corpus, model):
    rows = read_rows(rows_path)
    loaded = load_model(str(model))
    assert {(row.task, row.source) for row in rows} == {
        ("retrieval", "all"),
        ("retrieval", "chips"),
        ("retrieval", "scenes"),
        ("zeroshot", "chips"),
        ("zeroshot", "scenes"),
    }
    for row in rows:
        assert (row.model, row.split) == (str(model), "test")
        assert row.weights_hash == loaded.weights_hash
        assert row.contract_hash == loaded.contract.digest()
        assert row.corpus_digest == corpus.digest
        assert row.protocol == TASKS.get(row.task).protocol
        assert row.settings == (
            {"templates": list(DEFAULT_TEMPLATES), "classes": [], "files": {}} if row.task == "zeroshot" else {}
        )
        assert row.row_version == 2
        assert read_outcome(rows_path, row.outcome).facts.keys() <= {"classes", "is_sigmoid", "prompts"}
    headlines = [row for row in rows if row.metric in ("grouped_mean_recall", "strict_mean_recall", "top1")]
    assert len(headlines) == 8
    for row in headlines:
        assert 0 <= row.low <= row.value <= row.high <= 1
        assert 0 < row.chance < 1
    sizes = {row.source: row.n for row in rows if row.metric == "top1"}
    assert sizes["chips"] == len(corpus.rows_of("test", ["chips"]))


def test_what_a_file_holds_is_not_measured_again(rows_path, corpus, model, monkeypatch):
    content, modified = rows_path.read_bytes(), rows_path.stat().st_mtime_ns
    expected = read_rows(rows_path)
    monkeypatch.setattr(module.EvaluatedModel, "image_features", property(lambda _: pytest.fail("measured again")))
    found = evaluate(str(model), corpus.folder, "test", NAMES, rows_path, workers=1)
    assert found == expected
    assert (rows_path.read_bytes(), rows_path.stat().st_mtime_ns) == (content, modified)


def test_a_stopped_evaluation_goes_on(rows_path, corpus, model, tmp_path):
    out = tmp_path / "rows.jsonl"
    evaluate(str(model), corpus.folder, "test", ["retrieval"], out, workers=1)
    found = evaluate(str(model), corpus.folder, "test", NAMES, out, workers=1)
    assert out.read_bytes() == rows_path.read_bytes()
    assert found == read_rows(rows_path)


def test_a_task_named_twice_is_measured_once(corpus, model, tmp_path):
    out = tmp_path / "rows.jsonl"
    found = evaluate(str(model), corpus.folder, "test", ["retrieval", "retrieval"], out, workers=1)
    assert found == read_rows(out)
    assert len({row.key() for row in found}) == len(found)


def test_another_split_or_corpus_gives_new_rows(rows_path, corpus, model, tmp_path):
    out = copied(rows_path, tmp_path)
    other = make_corpus(tmp_path / "other", seed=1)
    variants = [
        {"split": "val"},
        {"corpus": other.folder},
    ]
    for variant in variants:
        before = {row.key() for row in read_rows(out)}
        arguments = {"corpus": corpus.folder, "split": "test"} | variant
        found = evaluate(str(model), tasks=["retrieval"], out=out, workers=1, **arguments)
        assert found
        assert before.isdisjoint(row.key() for row in found), variant
        assert {row.key() for row in read_rows(out)} == before | {row.key() for row in found}


def test_a_source_by_itself_is_what_it_is_among_others(rows_path, corpus, model, tmp_path):
    out = copied(rows_path, tmp_path)
    found = evaluate(str(model), corpus.folder, "test", ["retrieval"], out, sources=["chips"], workers=1)
    assert found == [row for row in read_rows(rows_path) if (row.task, row.source) == ("retrieval", "chips")]


def test_other_weights_under_the_same_name_give_new_rows(rows_path, corpus, model, tmp_path):
    out = copied(rows_path, tmp_path)
    kept = Path(shutil.copytree(model, tmp_path / "kept"))
    try:
        weights = load_file(model / "open_clip_model.safetensors")
        weights["text_projection"] = weights["text_projection"].flip(0)
        save_file(weights, model / "open_clip_model.safetensors")
        (model / "sarvl.json").unlink()
        found = evaluate(str(model), corpus.folder, "test", NAMES, out, workers=1)
    finally:
        shutil.copytree(kept, model, dirs_exist_ok=True)
    assert {row.key() for row in found}.isdisjoint(row.key() for row in read_rows(rows_path))
    assert len(read_rows(out)) == 2 * len(found)


def test_retrieval_equals_a_call_by_hand(rows_path, corpus, model):
    loaded = load_model(str(model))
    rows = corpus.rows_of("test")
    images = PreparedImages.of([loaded.contract.prepare(corpus.read(int(row))) for row in rows])
    pairs = [(place, corpus.sentences[text]) for place, row in enumerate(rows) for text in corpus.texts_of_image[row]]
    sentences = sorted({sentence for _, sentence in pairs})
    result = retrieval(
        loaded.encode_images(images),
        loaded.encode_texts(sentences),
        [sentences.index(sentence) for _, sentence in pairs],
        [place for place, _ in pairs],
    )
    found = measured(rows_path, "retrieval")
    more = ("grouped_text_to_image_recall/", "graded_")
    assert {measure.metric for measure in result.measures()} == {name for name in found if not name.startswith(more)}
    for measure in result.measures():
        assert found[measure.metric] == pytest.approx(measure.value, abs=1e-9), measure.metric
    assert any(name.startswith("strict") for name in found)


def test_zeroshot_equals_the_nearest_class_prompt(rows_path, corpus, model):
    loaded = load_model(str(model))
    labels, right = corpus.column("label"), []
    classes = sorted(CLASSES)
    prompts = class_embeddings(loaded.encode_texts, classes, DEFAULT_TEMPLATES)
    for row in corpus.rows_of("test", ["chips"]):
        feature = loaded.encode_images(PreparedImages.of([loaded.contract.prepare(corpus.read(int(row)))]))[0]
        right.append(classes[int(np.argmax(prompts @ feature))] == labels[row])
    assert measured(rows_path, "zeroshot", "chips")["top1"] == pytest.approx(np.mean(right))


def test_images_of_several_classes_have_no_class(corpus):
    images = SplitImages.open(corpus.folder, "test")
    (chosen,) = (found for found in classified_images(images) if found.source == "scenes")
    assert chosen.classes == ["bridge", "ship"]
    named = {index: chosen.classes[label] for index, label in zip(chosen.indices, chosen.labels, strict=True)}
    for place, row in enumerate(images.rows):
        if corpus.column("source")[row] == "scenes":
            names = {item.class_name for item in corpus.image(int(row)).annotation.objects}
            assert named.get(place) == (names.pop() if len(names) == 1 else None)


@pytest.mark.parametrize(
    ("arguments", "error", "reason"),
    [
        ({"tasks": ["guessing"]}, EvaluationError, f"no task 'guessing'; there are {', '.join(TASKS.names())}"),
        ({"split": "other"}, CorpusError, "no image in split 'other'"),
        ({"sources": ["nothing"]}, CorpusError, "no source 'nothing'; there are"),
        ({"model": "no/such/run"}, ModelError, "no such folder"),
        ({"corpus": Path("no/such/corpus")}, CorpusError, "no corpus.json"),
    ],
)
def test_what_cannot_be_measured_is_an_error(corpus, model, tmp_path, arguments, error, reason):
    usual = {
        "model": str(model),
        "corpus": corpus.folder,
        "split": "test",
        "tasks": NAMES,
        "out": tmp_path / "rows.jsonl",
    }
    with pytest.raises(error, match=reason):
        evaluate(**(usual | arguments), workers=1)
    assert not (tmp_path / "rows.jsonl").exists()


def test_images_without_a_class_are_no_classification(corpus, model):
    mixed = [
        row
        for row in corpus.rows_of("test", ["scenes"])
        if len({item.class_name for item in corpus.image(int(row)).annotation.objects}) > 1
    ]
    shown = EvaluatedModel.named(str(model), SplitImages(corpus, "test", np.array(mixed)))
    with pytest.raises(EvaluationError, match="no source of split test has two image classes"):
        zeroshot_task.TASK.runs(shown, zeroshot_task.ZeroshotSettings())


def test_scenes_are_resampled_whole(corpus):
    images = SplitImages.open(corpus.folder, "test")
    groups, ids = corpus.column("group"), corpus.column("image_id")
    for label, row in zip(images.groups, images.rows, strict=True):
        assert label == (f"{corpus.column('source')[row]}:{groups[row]}" if groups[row] else ids[row])


def test_images_without_a_caption_are_told_before_anything_is_measured(corpus, model):
    place = corpus.texts.schema.get_field_index("kind")
    asked = corpus.texts.set_column(place, "kind", pa.array(["question"] * len(corpus.texts)))
    without = Corpus(corpus.folder, corpus.info, corpus.images, asked)
    shown = EvaluatedModel.named(str(model), SplitImages(without, "test", without.rows_of("test")))
    with pytest.raises(EvaluationError, match="18 of 18 images of split test have no caption to retrieve"):
        retrieval_task.TASK.runs(shown, None)


def test_the_cost_of_a_column_does_not_grow_with_the_images(corpus, model, monkeypatch):
    calls = []
    column = Corpus.column
    monkeypatch.setattr(Corpus, "column", lambda self, name: calls.append(name) or column(self, name))
    rows = corpus.rows_of("test")
    counts = []
    for few in (rows[[0, -1]], rows):
        calls.clear()
        retrieval_task.TASK.runs(EvaluatedModel.named(str(model), SplitImages(corpus, "test", few)), None)
        counts.append(len(calls))
    assert counts[0] == counts[1]


def test_rows_that_are_gone_are_made_from_the_outcome(rows_path, corpus, model, tmp_path, monkeypatch):
    out = copied(rows_path, tmp_path)
    out.write_bytes(b"".join(rows_path.read_bytes().splitlines(keepends=True)[:5]))
    monkeypatch.setattr(module.EvaluatedModel, "image_features", property(lambda _: pytest.fail("asked again")))
    assert evaluate(str(model), corpus.folder, "test", NAMES, out, workers=1) == read_rows(rows_path)
    assert read_rows(out) == read_rows(rows_path)


def test_a_run_whose_outcome_is_gone_is_done_again(rows_path, corpus, model, tmp_path):
    out = Path(shutil.copy(rows_path, tmp_path / "rows.jsonl"))
    assert evaluate(str(model), corpus.folder, "test", NAMES, out, workers=1) == read_rows(rows_path)
    assert out.read_bytes() == rows_path.read_bytes()
    assert all(outcome_path(out, row.outcome).is_file() for row in read_rows(out))


def test_rows_of_version_1_are_measured_again_under_the_same_key(rows_path, corpus, model, tmp_path):
    out = tmp_path / "rows.jsonl"
    new = read_rows(rows_path)
    append_rows(out, [row.model_copy(update={"row_version": 1, "outcome": None}) for row in new])
    assert evaluate(str(model), corpus.folder, "test", NAMES, out, workers=1) == new
    assert [row.key() for row in read_rows(out)] == 2 * [row.key() for row in new]


def test_a_model_that_cannot_do_what_a_task_needs_is_told(corpus, model, tmp_path, monkeypatch):
    class Speaker:
        """No model here is one."""

    speaking = Task("speaking", "speaking-1", Speaker, lambda _, __: [], lambda _: [])
    monkeypatch.setattr(evaluator, "TASKS", SimpleNamespace(get=lambda _: speaking, check=lambda _: None))
    with pytest.raises(EvaluationError, match="is a Clip, but task speaking needs a Speaker; choose another model"):
        evaluate(str(model), corpus.folder, "test", ["speaking"], tmp_path / "rows.jsonl", workers=1)


def test_the_images_that_the_model_is_asked_for_are_counted(corpus, model, tmp_path, capfd):
    evaluate(str(model), corpus.folder, "test", ["retrieval"], tmp_path / "rows.jsonl", workers=1)
    assert f"encode images: {len(corpus.rows_of('test'))} images in " in capfd.readouterr().err

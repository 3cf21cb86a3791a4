"""Classes chosen by name and by file pattern, as MSTAR's published serials are."""

from types import SimpleNamespace

import numpy as np
import pytest
from micro import make_corpus, make_model

from sarvl.errors import EvaluationError
from sarvl.evaluation.classified_images import ClassSettings, classified_images
from sarvl.evaluation.evaluated import SplitImages
from sarvl.evaluation.evaluator import evaluate
from sarvl.evaluation.outcomes import read_outcome
from sarvl.evaluation.tasks import zeroshot


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return make_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def images(corpus):
    return SplitImages.open(corpus.folder, "train")


def files_of(images, chosen):
    files = images.corpus.column("file")
    return {files[images.rows[index]] for index in chosen.indices}


def test_a_pattern_keeps_the_files_of_its_class_and_leaves_the_others_alone(images):
    (every,) = (chosen for chosen in classified_images(images) if chosen.source == "chips")
    for pattern in ("0[0-4]", "0[0-4].png", "tank/0[0-4]*"):
        (chosen,) = classified_images(images, ClassSettings(files={"tank": pattern}, classes=("tank", "truck")))
        kept = {file for file in files_of(images, every) if "ship/" not in file}
        assert files_of(images, chosen) == {file for file in kept if "truck/" in file or file < "tank/05"}
        assert chosen.classes == ["tank", "truck"]


def test_serials_of_mstar_are_told_by_what_stands_before_the_extension(images, monkeypatch):
    files = [f"tank/HB03{index:03}.{index % 2:03}.jpeg" for index in range(len(images.corpus.images))]
    column = type(images.corpus).column
    monkeypatch.setattr(
        type(images.corpus), "column", lambda self, name: files if name == "file" else column(self, name)
    )
    (chosen,) = classified_images(images, ClassSettings(files={"tank": "*.001"}, classes=("tank", "truck")))
    tanks = [images.rows[index] for index, label in zip(chosen.indices, chosen.labels, strict=True) if not label]
    assert tanks
    assert all(row % 2 for row in tanks)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"classes": ["tank", "lorry"]}, "no image of class 'lorry'; there are bridge, ship, tank, truck"),
        ({"files": {"tanks": "*"}}, "no image of class 'tanks'; did you mean tank?"),
        ({"files": {"tank": "*.015"}}, "no image of class tank in split train has a file name like '\\*.015'"),
        ({"classes": ["tank"]}, "no source of split train has two image classes of those chosen"),
    ],
)
def test_a_choice_that_chooses_nothing_is_told(images, settings, reason):
    with pytest.raises(EvaluationError, match=reason):
        classified_images(images, ClassSettings.model_validate(settings))


def test_a_model_that_sees_all_images_alike_tells_no_unknown_class(images):
    rng = np.random.default_rng(0)
    blind = SimpleNamespace(
        encode_texts=lambda texts: rng.standard_normal((len(texts), 640)), logit_scale=100.0, logit_bias=None
    )
    alike = np.tile(rng.standard_normal(640).astype(np.float32), (len(images.rows), 1))
    alike /= np.linalg.norm(alike, axis=1, keepdims=True)
    evaluated = SimpleNamespace(images=images, image_features=alike, able=lambda *_: blind)
    (chips,) = (chosen for chosen in classified_images(images) if chosen.source == "chips")
    found = zeroshot.measures(zeroshot.outcome(evaluated, zeroshot.ZeroshotSettings(), chips))
    assert {measure.metric: measure.value for measure in found}["unknown_class_AUROC"] == 0.5


def test_settings_reach_the_model_and_stand_in_the_rows(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    out = folder / "rows.jsonl"
    settings = {"zeroshot": {"templates": "sarclip", "classes": ["tank", "truck"]}}
    rows = evaluate(make_model(folder), corpus.folder, "test", ["zeroshot"], out, settings=settings, workers=1)
    assert {row.source for row in rows} == {"chips"}
    assert rows[0].settings["templates"][0] == "this is an SAR image of {} ."
    found = read_outcome(out, rows[0].outcome)
    assert found.facts == {"classes": ["tank", "truck"], "is_sigmoid": False, "prompts": "sarclip"}
    assert np.array(found.column("logits").tolist()).shape == (len(found), 2)
    assert {row.metric for row in rows} >= {"AURC", "top1"}
    assert "unknown_class_AUROC" not in {row.metric for row in rows}  # of two classes, one is always sure

    for wrong, reason in [
        ({"zeroshot": {"template": "sarclip"}}, "task zeroshot: template: no such field; did you mean templates"),
        ({"zeroshot": {"templates": ["none"]}}, "template .none.: has 0 places"),
        ({"retrieval": {"depth": 3}}, "task retrieval has nothing to set; leave out depth"),
        ({"zero": {}}, "no task 'zero'"),
    ]:
        with pytest.raises(EvaluationError, match=reason):
            evaluate(folder / "model", corpus.folder, "test", ["zeroshot", "retrieval"], out, settings=wrong)

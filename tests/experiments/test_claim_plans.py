"""The claims: plans hold together, parts and mirrored scenes are what they say, and nothing is done twice."""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from micro import make_corpus, make_model

from sarvl.annotations import Box
from sarvl.corpus import Corpus, build
from sarvl.errors import RecipeError
from sarvl.evaluation.task import TASKS
from sarvl.recipes import load_recipe
from sarvl.reporting.comparison import compare
from sarvl.training import TrainRecipe

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "experiments"), str(ROOT / "benchmarks")]

import claims  # noqa: E402
import seams  # noqa: E402
from claims_corpora import write_mirrored, write_part  # noqa: E402
from claims_outcomes import measure_of  # noqa: E402

PLANS = sorted((ROOT / "experiments" / "claims").glob("claim_*.yaml"))


@pytest.mark.parametrize("plan", PLANS, ids=lambda path: path.stem)
def test_a_plan_holds_together(plan, tmp_path):
    trial = claims.Trial(plan, tmp_path)
    for training in (*trial.claim.shared.values(), *trial.claim.arms.values()):
        assert trial.recipe_of(training, 0).stages[-1].validation is None  # the same pairs, and no choice among epochs
    for contrast in trial.claim.contrasts:
        assert {contrast.against, *contrast.arms} <= trial.claim.arms.keys()
    for part in trial.claim.measured:
        for task in part.figures:
            TASKS.check(task)


def test_a_part_keeps_a_share_of_each_class_to_train_on_and_all_that_is_tested(tmp_path):
    whole = make_corpus(tmp_path / "micro")
    part = write_part(whole.folder, tmp_path / "part", share=0.5)
    assert Corpus.open(part.folder).digest == part.digest != whole.digest
    for label in ("tank", "truck", "ship"):
        had, has = (list(zip(each.column("split"), each.column("label"), strict=True)) for each in (whole, part))
        assert has.count(("train", label)) == round(0.5 * had.count(("train", label))) > 0
        assert has.count(("test", label)) == had.count(("test", label))
    assert set(part.column("image_id")) < set(whole.column("image_id"))
    assert len(part.texts) == sum(len(part.statements(row)) for row in range(len(part.images)))
    assert np.array_equal(
        part.read(0).pixels, whole.read(whole.column("image_id").index(part.column("image_id")[0])).pixels
    )


def test_a_part_of_large_images_has_no_other(tmp_path):
    part = write_part(make_corpus(tmp_path / "micro").folder, tmp_path / "part", least_px=48)
    assert set(part.column("source")) == {"scenes"}  # 48 x 40; chips are 24 x 24


def test_in_a_mirrored_scene_captions_swap_left_and_right(tmp_path):
    scenes = tmp_path / "scenes"
    (scenes / "images" / "train").mkdir(parents=True)
    pixels = np.tile(np.arange(90, dtype=np.uint8), (90, 1))
    cv2.imwrite(str(scenes / "images" / "train" / "a.png"), pixels)
    images = [{"id": 1, "file_name": "train/a.png", "width": 90, "height": 90, "split": "train"}]
    objects = [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [4, 40, 10, 6]}]
    annotations = {"images": images, "annotations": objects, "categories": [{"id": 1, "name": "ship"}]}
    (scenes / "annotations.json").write_text(json.dumps(annotations))
    source = {"name": "composed", "format": "coco", "images": "images", "annotations": "annotations.json"}
    recipe = {"sources": [{**source, "quantity": "display", "split": "train", "labelled_classes": ["ship"]}]}
    (scenes / "build.yaml").write_text(yaml.safe_dump({**recipe, "captions": {"families": ["absolute_region"]}}))
    before, after = (
        build(scenes / "build.yaml", tmp_path / "one"),
        build(write_mirrored(scenes, tmp_path / "m"), tmp_path / "two"),
    )
    assert all("left" in each.text for each in before.statements(0))
    assert all("right" in each.text for each in after.statements(0))
    assert after.image(0).annotation.objects[0].box == Box(76, 40, 86, 46)
    assert np.array_equal(after.read(0).pixels[0], pixels[:, ::-1])


@pytest.fixture(scope="module")
def trial(tmp_path_factory) -> claims.Trial:
    """Return a claim of two arms and two seeds over random chips, tried."""
    folder = tmp_path_factory.mktemp("claim")
    make_corpus(folder)
    stage = {"name": "chips", "corpus": "corpus", "epochs": 1, "batch_size": 8, "learning_rate": 0.01}
    recipe = {"model": {"start": f"local-dir:{make_model(folder)}"}, "stages": [stage]}
    (folder / "train.yaml").write_text(yaml.safe_dump(recipe))
    slow = {"recipe": "train.yaml", "set": {"stages.0.learning_rate": 0.0001}}
    plan = {
        "title": "Fast against slow",
        "seeds": [0, 1],
        "arms": {"fast": {"recipe": "train.yaml"}, "slow": slow},
        "measured": [{"corpus": "../corpus", "figures": {"retrieval": ["grouped_mean_recall"]}}],
        "contrasts": [{"against": "fast", "arms": ["slow"]}],
    }
    (folder / "plan.yaml").write_text(yaml.safe_dump(plan))
    tried = claims.Trial(folder / "plan.yaml", folder / "out")
    tried.run([0, 1], ["fast", "slow"])
    return tried


def test_what_is_finished_is_not_done_again(trial, monkeypatch):
    for name in ("train", "evaluate"):
        monkeypatch.setattr(claims, name, lambda *given, **named: pytest.fail("done again"))
    trial.run([0, 1], ["fast", "slow"])


def test_one_line_an_outcome_has_its_interval_and_the_pairs(trial):
    title, *lines = trial.lines()
    assert title == "Fast against slow"
    assert sorted(line.split(" on ")[1].split(":")[0] for line in lines) == [
        "corpus/all",
        "corpus/chips",
        "corpus/scenes",
    ]
    assert all("slow - fast: retrieval grouped_mean_recall" in line for line in lines)
    assert all(line.endswith("pairs 24") for line in lines)


def test_with_one_seed_a_difference_is_that_of_sarvl_compare(trial):
    alone = trial.claim.model_copy(update={"seeds": (0,)})
    one = object.__new__(claims.Trial)
    one.claim, one.out, one.folder = alone, trial.out, trial.folder
    lines = list(one.lines())[1:]
    compared = compare(*(trial.folder / f"{arm}-0.jsonl" for arm in ("fast", "slow")))
    of_recall = [each for each in compared if each.metric == "grouped_mean_recall"]
    assert len(of_recall) == len(lines) == 3
    for found in of_recall:
        line = next(line for line in lines if f"corpus/{found.source}:" in line)
        assert f"{found.difference:+.3f} [{found.low:+.3f}, {found.high:+.3f}], p {found.p_value:.3f}" in line


def test_the_figure_of_all_seeds_is_their_mean(trial):
    key = "../corpus", "all", "retrieval", "grouped_mean_recall"
    runs = trial.seen("fast", [0, 1])[key]
    mean = np.mean([measure_of(run, *key[2:]).value for run in runs.values()])
    line = next(line for line in trial.lines() if "corpus/all" in line)
    assert f" - {mean:.3f}; seeds" in line


@pytest.mark.parametrize(
    ("given", "told"),
    [(["--seed", "7"], "--seed 7: there are 0, 1"), (["--arm", "fat"], "--arm fat: there are fast, slow")],
)
def test_a_seed_or_an_arm_that_a_plan_lacks_is_refused(trial, monkeypatch, capsys, given, told):
    """Bug: of a seed beyond the plan's all was trained, and nothing was said of it."""
    monkeypatch.setattr(claims.Trial, "run", lambda *_: pytest.fail("trained"))
    with pytest.raises(SystemExit):
        claims.main([str(trial.out.parent / "plan.yaml"), *given])
    assert told in capsys.readouterr().err


def test_a_plan_that_is_not_there_is_one_line(tmp_path):
    """Bug: it was a traceback."""
    with pytest.raises(SystemExit, match=r"^error: .*absent\.yaml: [^\n]*$"):
        claims.main([str(tmp_path / "absent.yaml")])


def test_a_pair_of_scenes_that_is_not_there_is_refused(capsys):
    """Bug: it was a traceback."""
    with pytest.raises(SystemExit):
        seams.main(["nope"])
    assert "nope: there are mstar, " in capsys.readouterr().err


def test_a_wrong_field_of_a_plan_is_one_line(tmp_path):
    (tmp_path / "plan.yaml").write_text("title: x\nseeds: [0]\narms: {}\nmeasured: []\ncontrasts: []\nsed: 1\n")
    with pytest.raises(RecipeError, match="sed: no such field"):
        load_recipe(tmp_path / "plan.yaml", claims.Claim)


def test_a_training_recipe_of_the_claims_can_be_trained_alone():
    for path in (ROOT / "experiments" / "claims").glob("train_*.yaml"):
        assert load_recipe(path, TrainRecipe).seed == 0

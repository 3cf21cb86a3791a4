"""A state or a checkpoint that was cut, changed or replaced is refused in one line that names the last good one."""

import shutil
from pathlib import Path

import pytest
from micro import make_corpus, make_model, make_train_recipe

from sarvl.errors import ModelError
from sarvl.models import load_model
from sarvl.recipes import load_recipe
from sarvl.training import TrainRecipe, train
from sarvl.training.run.log import TrainingLog
from sarvl.training.run.state import STATE
from sarvl.training.weights.wise_ft import START

WEIGHTS = "open_clip_model.safetensors"


class Killed(BaseException):
    """Ends a run as a kill does."""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory) -> TrainRecipe:
    folder = tmp_path_factory.mktemp("recipe")
    path = make_train_recipe(folder, make_corpus(folder / "data").folder, make_model(folder), save_every=1)
    changes = ["stages.0.epochs=1", "stages.1.epochs=1", "stages.1.wise_ft=[0,1]"]
    return load_recipe(path, TrainRecipe, changes)


@pytest.fixture(scope="module")
def killed(recipe, tmp_path_factory) -> Path:
    """A run that was killed in its second stage, of two and three steps."""
    run, write = tmp_path_factory.mktemp("runs") / "run", TrainingLog.write

    def dying(log, metrics):
        if metrics.global_step == 4:
            raise Killed
        write(log, metrics)

    with pytest.MonkeyPatch.context() as patched, pytest.raises(Killed):
        patched.setattr(TrainingLog, "write", dying)
        train(recipe, run, workers=1)
    return run


def cut(path: Path, share: float) -> None:
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])


def flip(path: Path, share: float) -> None:
    content = bytearray(path.read_bytes())
    content[int(share * (len(content) - 1))] ^= 1
    path.write_bytes(content)


def replace(path: Path, with_what: Path) -> None:
    shutil.copyfile(with_what, path)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        (STATE, lambda run: cut(run / STATE, 0)),
        (STATE, lambda run: cut(run / STATE, 0.001)),
        (STATE, lambda run: cut(run / STATE, 0.5)),
        (STATE, lambda run: cut(run / STATE, 0.999999)),
        (STATE, lambda run: flip(run / STATE, 0)),
        (STATE, lambda run: flip(run / STATE, 0.0005)),
        (STATE, lambda run: flip(run / STATE, 0.5)),
        (STATE, lambda run: flip(run / STATE, 1)),
        (STATE, lambda run: replace(run / STATE, run / "last" / WEIGHTS)),
        (STATE, lambda run: replace(run / STATE, run / "recipe.json")),
        (START, lambda run: flip(run / START, 0.9)),
        (START, lambda run: (run / START).unlink()),
    ],
)
def test_a_damaged_state_names_the_last_good_checkpoint(recipe, killed, tmp_path, name, damage):
    """A flipped byte of weights or moments was gone on from, to losses of no run."""
    run = Path(shutil.copytree(killed, tmp_path / "run"))
    damage(run)
    with pytest.raises(ModelError, match=f"{name}: .*the last good checkpoint is {run / 'last'}$") as caught:
        train(recipe, run, resume=True, workers=1)
    assert "\n" not in str(caught.value)


def test_a_checkpoint_that_is_itself_damaged_is_not_named(recipe, killed, tmp_path):
    run = Path(shutil.copytree(killed, tmp_path / "run"))
    flip(run / STATE, 0.5)
    flip(run / "last" / WEIGHTS, 0.9)
    with pytest.raises(ModelError, match=f"the last good checkpoint is {run / 'stages' / 'chips'}$"):
        train(recipe, run, resume=True, workers=1)
    for folder in ("best", "stages/chips"):
        cut(run / folder / WEIGHTS, 0.5)
    with pytest.raises(ModelError, match=r"none of its checkpoints is whole$"):
        train(recipe, run, resume=True, workers=1)


@pytest.mark.parametrize("damage", [lambda path: cut(path, 0.5), lambda path: flip(path, 0.7)])
@pytest.mark.parametrize("named", ["", "last"])
def test_a_damaged_checkpoint_names_another_of_its_run(killed, tmp_path, named, damage):
    """Of a run its best is loaded."""
    run = Path(shutil.copytree(killed, tmp_path / "run"))
    damage(run / (named or "best") / WEIGHTS)
    other = "stages/chips" if named else "last"
    with pytest.raises(ModelError, match=f"the last good checkpoint of its run is {run / other}$") as caught:
        load_model(run / named)
    assert "\n" not in str(caught.value)


def test_what_is_whole_goes_on(recipe, killed, tmp_path):
    run = Path(shutil.copytree(killed, tmp_path / "run"))
    assert load_model(train(recipe, run, resume=True, workers=1) / "last").history[-1].stage == "all"

"""What a stage trains and keeps: freezing by pattern, layer-wise rates, a moving average, and WiSE-FT."""

import sys

import open_clip
import pytest
import torch
from micro import MICRO_CONFIG, micro_model
from safetensors.torch import load_file

from sarvl.errors import ModelError, RecipeError
from sarvl.models import create_model, load_model
from sarvl.models.networks.towers import is_named, layers_above, tower_of
from sarvl.recipes import load_recipe
from sarvl.training import TrainRecipe, dry_run, read_metrics, train
from sarvl.training.recipe import Stage
from sarvl.training.weights.average import MovingAverage
from sarvl.training.weights.freezing import apply_freeze, train_mode
from sarvl.training.weights.optimizer import make_optimizer
from sarvl.training.weights.wise_ft import interpolate, sweep

VIT = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 3, "width": 16, "head_width": 8, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 2},
}


@pytest.fixture(scope="module")
def made(recipe_path):
    return recipe_path


def trained(recipe, out, *changes: str, resume: bool = False):
    train(load_recipe(recipe, TrainRecipe, list(changes)), out, resume, workers=1)
    return out


def weights(folder):
    return load_file(folder / "open_clip_model.safetensors")


def test_a_pattern_names_towers_and_parameters():
    assert is_named("visual.layer1.0.conv1.weight", ("image",))
    assert is_named("visual.layer1.0.conv1.weight", ("visual.layer[12].*",))
    assert not is_named("visual.layer3.0.conv1.weight", ("text", "visual.layer[12].*"))
    assert is_named("logit_scale", ("scale",))


def test_frozen_parameters_and_batch_norms_stay_as_they_are(made, tmp_path):
    pattern = "visual.layer[12].*"
    chosen = [f"stages.{stage}.freeze=['{pattern}', token_embedding.weight]" for stage in (0, 1)]
    run = trained(made, tmp_path / "run", *chosen)
    before, after = weights(made.parent / "model"), weights(run / "last")
    for name, value in after.items():
        is_same = torch.equal(value, before[name])
        if is_named(name, (pattern, "token_embedding.weight")):
            assert is_same, name
        elif name.endswith(("conv1.weight", "running_mean", "c_fc.weight")):
            assert not is_same, name


def test_a_pattern_that_names_nothing_is_one_line(made, tmp_path):
    with pytest.raises(ModelError, match=r"stage chips: freeze: visual.block\* is no tower and no parameter"):
        trained(made, tmp_path / "run", "stages.0.freeze=['visual.block*']")


def test_a_frozen_batch_norm_does_not_measure(tmp_path):
    network = micro_model(tmp_path).network
    apply_freeze(network, ("visual.bn1.*",))
    train_mode(network)
    assert not network.visual.bn1.training
    assert network.visual.bn2.training


def test_rates_fall_from_layer_to_layer():
    network = open_clip.CLIP(**VIT)
    apply_freeze(network, ())
    stage = Stage.model_validate(
        {"name": "a", "corpus": "c", "epochs": 1, "learning_rate": 1.0, "layer_decay": 0.5, "image_rate": 0.1}
    )
    factors = {}
    for group in make_optimizer(network, stage).param_groups:
        factors |= {id(parameter): group["factor"] for parameter in group["params"]}
    named = {name: factors[id(parameter)] for name, parameter in network.named_parameters()}
    assert named["visual.proj"] == named["visual.ln_post.weight"] == 0.1
    assert named["visual.transformer.resblocks.2.attn.in_proj_weight"] == 0.05
    assert named["visual.transformer.resblocks.0.mlp.c_fc.weight"] == 0.0125
    assert named["visual.conv1.weight"] == named["visual.positional_embedding"] == 0.00625
    assert named["text_projection"] == named["ln_final.bias"] == 1.0
    assert named["transformer.resblocks.1.ln_1.weight"] == 0.5
    assert named["token_embedding.weight"] == 0.125
    assert named["logit_scale"] == 1.0


@pytest.mark.parametrize("kind", ["clip", "custom text", "resnet", "timm"])
def test_every_tower_has_a_first_and_a_last_layer(kind):
    networks = {
        "clip": lambda: open_clip.CLIP(**VIT),
        "custom text": lambda: open_clip.CustomTextCLIP(**VIT),
        "resnet": lambda: open_clip.CLIP(**MICRO_CONFIG),
        "timm": lambda: create_model("sarvl-mobile").network,
    }
    network = networks[kind]()
    behind = layers_above(network)
    assert behind.keys() == dict(network.named_parameters()).keys()
    for tower in ("image", "text"):
        layers = {count for name, count in behind.items() if tower_of(name) == tower}
        assert layers == set(range(len(layers)))
        assert len(layers) >= 3
    first = next(name for name, _ in network.visual.named_parameters() if "conv" in name)
    assert behind[f"visual.{first}"] == max(count for name, count in behind.items() if tower_of(name) == "image")


def test_the_average_is_that_of_the_formula(tmp_path):
    network = torch.nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        network.weight.fill_(1.0)
    average = MovingAverage(network, decay=0.5)
    expected = 1.0
    for step, value in enumerate([2.0, 5.0, -1.0], start=1):
        with torch.no_grad():
            network.weight.fill_(value)
        average.update(step)
        decay = min(0.5, step / (step + 9))
        expected = decay * expected + (1 - decay) * value
    assert average.tensors["weight"][0].tolist() == pytest.approx([expected] * 2)
    with average.in_network():
        assert network.weight[0].tolist() == pytest.approx([expected] * 2)
    assert network.weight[0].tolist() == [-1.0, -1.0]


EMA = ["stages.0.ema=0.9", "stages.1.ema=0.9", "stages.1.wise_ft=[0, 0.5, 1]"]


@pytest.fixture(scope="module")
def whole(made, tmp_path_factory):
    """A run with an average and WiSE-FT that nothing stopped."""
    return trained(made, tmp_path_factory.mktemp("whole") / "run", *EMA)


def test_a_run_with_an_average_and_wise_ft_goes_on_to_the_last_bit(made, whole, tmp_path, monkeypatch):
    halves = tmp_path / "halves"
    import sarvl.training.stage as module

    class Killed(BaseException):
        pass

    for steps in (3, 3, 4):
        kept, left = module.StageRun._step, [steps]

        def step(self, kept=kept, left=left):
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return kept(self)

        monkeypatch.setattr(module.StageRun, "_step", step)
        with pytest.raises(Killed):
            trained(made, halves, *EMA, resume=True)
        monkeypatch.setattr(module.StageRun, "_step", kept)
    trained(made, halves, *EMA, resume=True)
    assert (whole / "metrics.jsonl").read_bytes() == (halves / "metrics.jsonl").read_bytes()
    for name in ("best", "last", "stages/chips", "stages/all"):
        ours, theirs = weights(whole / name), weights(halves / name)
        assert all(torch.equal(ours[key], theirs[key]) for key in ours | theirs), name
    assert not (halves / "wise_ft_start.safetensors").exists()


def test_what_is_kept_is_the_average(made, unbroken, tmp_path):
    averaged = trained(made, tmp_path / "averaged", "stages.0.ema=0.9")
    losses = [[line.loss for line in read_metrics(run) if line.kind == "step"] for run in (unbroken, averaged)]
    steps = len([line for line in read_metrics(unbroken) if line.kind == "step" and line.stage == "chips"])
    assert losses[0][:steps] == losses[1][:steps]  # training itself does not heed it
    assert losses[0][steps] != losses[1][steps]  # the next stage begins with it
    ours, theirs = weights(averaged / "stages" / "chips"), weights(unbroken / "stages" / "chips")
    assert not torch.equal(ours["text_projection"], theirs["text_projection"])


def test_the_average_ends_with_its_stage(whole):
    assert not [name for name in load_file(whole / "state.safetensors") if name.startswith("average.")]


def test_interpolation_is_exact_at_both_ends():
    network = torch.nn.Linear(3, 3)
    start = {name: torch.randn_like(value) for name, value in network.named_parameters()}
    after = {name: value.detach().clone() for name, value in network.named_parameters()}
    for share, expected in ((0.0, start), (1.0, after)):
        interpolate(network, start, after, share)
        assert all(torch.equal(value, expected[name]) for name, value in network.named_parameters())
    interpolate(network, start, after, 0.25)
    torch.testing.assert_close(network.weight.detach(), 0.75 * start["weight"] + 0.25 * after["weight"])


def test_the_sweep_ends_at_the_best_share():
    network = torch.nn.Linear(1, 1, bias=False)
    start = {"weight": torch.zeros(1, 1)}
    with torch.no_grad():
        network.weight.fill_(1.0)
    told: list[float] = []

    def measure() -> dict[str, float]:
        told.append(float(network.weight.detach()))
        return {"recall": -abs(told[-1] - 0.6)}

    best, found = sweep(network, start, [0, 0.25, 0.5, 0.75, 1], measure, lambda figures: (figures["recall"],))
    assert best == 0.5
    assert float(network.weight.detach()) == 0.5
    assert list(found) == [0, 0.25, 0.5, 0.75, 1]
    assert told == [0, 0.25, 0.5, 0.75, 1, 0.5]


def test_wise_ft_keeps_the_best_of_its_shares(made, tmp_path):
    run = trained(made, tmp_path / "run", "stages.0.wise_ft=[0, 0.5, 1]")
    (swept,) = [
        line.figures
        for line in read_metrics(run)
        if line.kind == "epoch" and "wise_ft/0/validation_loss" in line.figures
    ]
    recalls = {share: swept[f"wise_ft/{share}/validation_grouped_mean_recall"] for share in ("0", "0.5", "1")}
    losses = {share: swept[f"wise_ft/{share}/validation_loss"] for share in recalls}
    best = max(recalls, key=lambda share: (recalls[share], -losses[share]))
    before = weights(made.parent / "model")["text_projection"]
    kept = weights(run / "stages" / "chips")["text_projection"]
    assert torch.equal(kept, before) == (best == "0")
    assert load_model(run / "stages" / "chips").weights_hash


def test_a_sweep_that_is_made_twice_is_logged_once(made, tmp_path, monkeypatch):
    """Regression: a run that was killed between the sweep and the end of its stage told its figures twice."""
    import sarvl.training.stage as module

    changes, keep = ("stages.0.wise_ft=[0, 1]", "stages.0.epochs=1", "save_every=1"), module.StageRun._keep

    def dying(stage_run, values, figures):
        if "wise_ft_share" in figures:
            raise KeyboardInterrupt
        keep(stage_run, values, figures)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(module.StageRun, "_keep", dying)
        trained(made, tmp_path / "run", *changes)
    run = trained(made, tmp_path / "run", *changes, resume=True)
    swept = [line for line in read_metrics(run) if line.kind == "epoch" and "wise_ft/0/validation_loss" in line.figures]
    assert len(swept) == 1


def test_wise_ft_needs_a_validation_split(made):
    with pytest.raises(RecipeError, match="wise_ft chooses by the validation split; name one as validation"):
        load_recipe(made, TrainRecipe, ["stages.0.wise_ft=[0, 1]", "stages.0.validation=null"])


def test_a_start_that_is_gone_is_one_line(made, tmp_path, monkeypatch):
    import sarvl.training.stage as module

    def stop(self):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module.StageRun, "_choose_share", stop)
        with pytest.raises(KeyboardInterrupt):
            trained(made, tmp_path / "run", "stages.0.wise_ft=[0, 1]", "save_every=1")
    (tmp_path / "run" / "wise_ft_start.safetensors").unlink()
    with pytest.raises(ModelError, match=r"wise_ft_start\.safetensors"):
        trained(made, tmp_path / "run", "stages.0.wise_ft=[0, 1]", "save_every=1", resume=True)


def test_a_missing_peft_is_told_before_weights_are_loaded(recipe_path, tmp_path, monkeypatch):
    """Regression: it was told at the first step of the stage, when those before it had been trained."""
    monkeypatch.setitem(sys.modules, "peft", None)
    overrides = ["stages.1.lora={}", "model={start: 'hf:nobody/nothing'}"]
    recipe = load_recipe(recipe_path, TrainRecipe, overrides)
    told = r"stage all: lora: peft is not installed; pip install 'sarvl\[lora\]'$"
    with pytest.raises(ModelError, match=told):
        train(recipe, tmp_path / "run", workers=1)
    with pytest.raises(ModelError, match=told):
        dry_run(recipe, tmp_path / "picture", workers=1)
    assert not (tmp_path / "run").exists()

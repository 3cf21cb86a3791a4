"""LoRA by peft on both towers: what it changes, that merging is exact, and runs that resume and keep it apart."""

import json
from pathlib import Path

import open_clip
import pytest
import torch
from safetensors.torch import load_file

from sarvl.errors import ModelError
from sarvl.models import create_model, load_model
from sarvl.models.adapting.lora import add_lora, load_lora, merge, merged, write_lora
from sarvl.models.networks.towers import tower_of
from sarvl.recipes import load_recipe
from sarvl.training import TrainRecipe, train

peft = pytest.importorskip("peft", reason="needs the extra sarvl[lora]")

VIT = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 16, "head_width": 8, "patch_size": 16},
    "text_cfg": {"context_length": 20, "vocab_size": 500, "width": 16, "heads": 2, "layers": 2},
}
RESNET = VIT | {"vision_cfg": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "patch_size": None}}


def network_of(kind: str) -> torch.nn.Module:
    torch.manual_seed(0)
    if kind == "timm":
        return create_model("sarvl-mobile").network.eval()
    kinds = {"clip": open_clip.CLIP, "custom text": open_clip.CustomTextCLIP, "resnet": open_clip.CLIP}
    network = kinds[kind](**(RESNET if kind == "resnet" else VIT)).eval()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith("bn3.weight"):
                parameter.fill_(1.0)  # open_clip begins with 0, through which no gradient comes
    return network


def inputs_of(network) -> tuple[torch.Tensor, torch.Tensor]:
    side = network.visual.image_size if isinstance(network.visual.image_size, int) else network.visual.image_size[0]
    generator = torch.Generator().manual_seed(1)
    context = network.context_length if hasattr(network, "context_length") else network.text.context_length
    tokens = torch.randint(1, 400, (2, context), generator=generator)
    return torch.rand(2, 3, side, side, generator=generator), tokens


def features(network) -> torch.Tensor:
    with torch.no_grad():
        return torch.cat(network(*inputs_of(network))[:2])


def steps(network, count: int = 2) -> list[str]:
    """Train the addition, and return which of its parameters have no gradient."""
    added = {name: part for name, part in network.named_parameters() if ".lora_" in name}
    optimizer = torch.optim.SGD(added.values(), lr=1.0)
    for _ in range(count):
        optimizer.zero_grad()
        images, texts, _ = network(*inputs_of(network))
        (images * torch.arange(images.shape[1]) * texts).sum().backward()
        optimizer.step()
    return [name for name, part in added.items() if part.grad is None or not part.grad.any()]


@pytest.mark.parametrize("kind", ["clip", "custom text", "resnet", "timm"])
def test_merging_changes_no_output_and_no_name(kind):
    network = network_of(kind)
    before, names = features(network), {name: value.clone() for name, value in network.state_dict().items()}
    add_lora(network, 4, 8, ("image", "text"), seed=0)
    torch.testing.assert_close(features(network), before, rtol=0, atol=1e-6)  # the addition is zero at first
    assert not steps(network)
    after = features(network)
    assert (after - before).abs().max() > 1e-3
    copy = merged(network)
    torch.testing.assert_close(features(copy), after, rtol=0, atol=1e-5)
    assert copy.state_dict().keys() == names.keys()
    base = {name.replace(".base_layer", ""): value for name, value in network.state_dict().items()}
    assert all(torch.equal(base[name], value) for name, value in names.items()), "training moved what is frozen"
    assert torch.equal(features(network), after), "the copy shares something with the network"
    merge(network)
    assert network.state_dict().keys() == names.keys()
    torch.testing.assert_close(features(network), after, rtol=0, atol=1e-5)


@pytest.mark.parametrize("tower", ["image", "text"])
def test_one_tower_alone(tower):
    network = network_of("clip")
    add_lora(network, 2, 4, (tower,), seed=0)
    added = [name for name, _ in network.named_parameters() if ".lora_" in name]
    assert added
    assert {tower_of(name) for name in added} == {tower}
    assert any(".attn.lora_A" in name for name in added)


def test_the_addition_alone_is_read_by_us_and_by_peft(tmp_path):
    network = network_of("clip")
    add_lora(network, 4, 8, ("image", "text"), seed=0)
    steps(network)
    write_lora(network, tmp_path)
    ours = network_of("clip")
    load_lora(ours, tmp_path)
    assert torch.equal(features(ours), features(network))
    theirs = peft.PeftModel.from_pretrained(network_of("clip"), tmp_path).base_model.model
    assert torch.equal(features(theirs), features(network))


def test_an_addition_of_another_network_is_one_line(tmp_path):
    network = network_of("clip")
    add_lora(network, 4, 8, ("text",), seed=0)
    write_lora(network, tmp_path)
    with pytest.raises(ModelError, match=r"does not fit this network|no addition to this network"):
        load_lora(network_of("timm"), tmp_path)
    (tmp_path / "adapter_config.json").unlink()
    with pytest.raises(ModelError, match="no addition to this network"):
        load_lora(network_of("clip"), tmp_path)


@pytest.fixture(scope="module")
def recipe(recipe_path) -> Path:
    return recipe_path


LORA = ["stages.0.lora={rank: 4, keep_apart: true}", "stages.0.ema=0.9", "stages.1.lora={towers: [text]}"]


def trained(recipe: Path, out: Path, *changes: str, resume: bool = False) -> Path:
    train(load_recipe(recipe, TrainRecipe, [*LORA, *changes]), out, resume, workers=1)
    return out


def test_a_run_keeps_folders_that_open_clip_opens(recipe, tmp_path):
    run = trained(recipe, tmp_path / "run")
    for name in ("best", "last", "stages/chips", "stages/all"):
        model = load_model(run / name)
        theirs, _ = open_clip.create_model_from_pretrained(f"local-dir:{run / name}")
        ours = model.network.state_dict()
        assert ours.keys() == theirs.state_dict().keys()
        assert all(torch.equal(ours[key], value) for key, value in theirs.state_dict().items())
    before = load_model(recipe.parent / "model").network.state_dict()
    after = load_model(run / "last").network.state_dict()
    changed = {name for name in after if not torch.equal(after[name], before[name])}
    assert "transformer.resblocks.0.attn.in_proj_weight" in changed
    assert "token_embedding.weight" not in changed
    assert "visual.bn1.running_mean" not in changed  # frozen with its weights


def test_what_is_kept_apart_gives_the_same_features(recipe, tmp_path):
    run = trained(recipe, tmp_path / "run")
    whole, base = load_model(run / "stages" / "chips"), load_model(recipe.parent / "model")
    load_lora(base.network, run / "stages" / "chips" / "lora")
    base.network.logit_scale.data.copy_(whole.network.logit_scale)
    pixels, tokens = torch.rand(2, 3, 32, 32), whole.tokenize(["a ship", "two bridges"])
    with torch.no_grad():
        torch.testing.assert_close(base.network(pixels, tokens), whole.network(pixels, tokens), rtol=0, atol=1e-5)
    assert not (run / "stages" / "all" / "lora").exists()
    assert json.loads((run / "stages" / "chips" / "lora" / "adapter_config.json").read_text())["r"] == 4


def test_a_run_goes_on_to_the_last_bit(recipe, tmp_path, monkeypatch):
    import sarvl.training.stage as module

    whole = trained(recipe, tmp_path / "whole", "stages.1.wise_ft=[0, 0.5, 1]")
    halves, kept = tmp_path / "halves", module.StageRun._step
    for stop in (3, 3, 4):
        left = [stop]

        def step(self, left=left):
            if left[0] == 0:
                raise KeyboardInterrupt
            left[0] -= 1
            return kept(self)

        monkeypatch.setattr(module.StageRun, "_step", step)
        with pytest.raises(KeyboardInterrupt):
            trained(recipe, halves, "stages.1.wise_ft=[0, 0.5, 1]", resume=True)
        monkeypatch.setattr(module.StageRun, "_step", kept)
    trained(recipe, halves, "stages.1.wise_ft=[0, 0.5, 1]", resume=True)
    assert (whole / "metrics.jsonl").read_bytes() == (halves / "metrics.jsonl").read_bytes()
    for name in ("best", "last", "stages/chips", "stages/all"):
        ours, theirs = (load_file(run / name / "open_clip_model.safetensors") for run in (whole, halves))
        assert all(torch.equal(ours[key], theirs[key]) for key in ours | theirs), name

"""The CoCa objective against open_clip's own loss, and a run that trains a CoCa and captions with it."""

import json
from collections.abc import Callable
from functools import partial

import open_clip
import pytest
import torch
from micro import make_corpus, make_model, make_train_recipe, squares
from open_clip.loss import CoCaLoss
from small_coca import END, START, VOCABULARY, Words, small_coca
from torch import nn

from sarvl.errors import ModelError
from sarvl.imagery import InputContract
from sarvl.models import create_model, load_model, save_model
from sarvl.models.clips.coca import Coca
from sarvl.models.protocols import Captioner, CaptionLearner, Decoding, able
from sarvl.recipes import load_recipe
from sarvl.training import TrainRecipe, read_metrics, train
from sarvl.training.objective import OBJECTIVES
from sarvl.training.run.metrics import StepMetrics
from sarvl.training.weights.gradient_cache import cached_gradient, parts_of_inputs

TOWER = {"context_length": 76, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1}
MICRO_COCA = {
    "embed_dim": 16,
    "multimodal_cfg": TOWER | {"attn_pooler_heads": 2},
    "vision_cfg": {
        "image_size": 32,
        "layers": 1,
        "width": 16,
        "head_width": 8,
        "patch_size": 16,
        "attentional_pool": True,
        "attn_pooler_heads": 2,
        "output_tokens": True,
    },
    "text_cfg": TOWER | {"embed_cls": True, "output_tokens": True},
    "custom_text": True,
}


@pytest.fixture
def small():
    network = small_coca()
    return Coca("small", network, InputContract.of_pictures(32, (0.5,) * 3, (0.5,) * 3), {}, Words())


@pytest.fixture
def inputs():
    """Six pairs, whose captions have many lengths."""
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 255, (6, 1, 32, 32), dtype=torch.uint8, generator=generator)
    tokens = torch.randint(1, VOCABULARY - 2, (6, 24), generator=generator)
    tokens[:, 0] = START
    for row, length in enumerate((5, 9, 7, 12, 3, 10)):
        tokens[row, length], tokens[row, length + 1 :] = END, 0
    is_text = (tokens != 0)[:, 1:13]
    made = {"pixels": pixels, "tokens": tokens, "is_text": is_text}
    return made | {"written": tokens[:, 1:13], "meanings": torch.arange(6), "pictures": torch.arange(6)}


def gradients(network: nn.Module, backward: Callable[[], object]) -> dict[str, torch.Tensor]:
    network.zero_grad()
    backward()
    return {name: part.grad.clone() for name, part in network.named_parameters() if part.grad is not None}


def assert_same(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> None:
    assert ours.keys() == theirs.keys()
    for name, gradient in ours.items():
        torch.testing.assert_close(gradient, theirs[name], atol=1e-5, rtol=1e-4)


def test_the_loss_and_its_gradients_are_those_of_open_clip(small, inputs):
    objective, options = OBJECTIVES.get("coca"), OBJECTIVES.get("coca").options()
    parts = objective.loss(objective.forward(small, inputs, options), inputs, lambda tensor: tensor, options)
    ours = gradients(small.network, torch.stack(list(parts.values())).sum().backward)
    outputs = small.network(small.normalise(inputs["pixels"]), inputs["tokens"])
    peer = CoCaLoss(caption_loss_weight=2.0, clip_loss_weight=1.0, pad_id=0)(**outputs, output_dict=True)
    assert float(parts["contrastive"].detach()) == pytest.approx(float(peer["contrastive_loss"].detach()), abs=1e-5)
    assert float(parts["caption"].detach()) == pytest.approx(float(peer["caption_loss"].detach()), abs=1e-5)
    assert_same(ours, gradients(small.network, sum(peer.values()).backward))


def test_chunks_of_unlike_captions_give_the_gradient_of_the_batch(small, inputs):
    objective, options = OBJECTIVES.get("coca"), OBJECTIVES.get("coca").options()

    def forward(given):
        return objective.forward(small, given, options)

    def loss_of(outputs):
        return objective.loss(outputs, inputs, lambda tensor: tensor, options)

    whole = gradients(small.network, lambda: torch.stack(list(loss_of(forward(inputs)).values())).sum().backward())
    chunks = list(parts_of_inputs(inputs, torch.ones(6, dtype=torch.int64), 4))
    in_chunks = gradients(
        small.network, lambda: cached_gradient(chunks, forward, loss_of, lambda loss, _is_last: loss().backward())
    )
    assert_same(in_chunks, whole)


def test_what_equal_captions_are_to_each_other_is_an_option_of_coca_too():
    images, texts, logits = torch.eye(2), torch.eye(2), torch.zeros(2, 5)
    outputs = {"images": images, "texts": texts, "scale": torch.tensor(10.0), "logits": logits}
    inputs = {name: torch.zeros(2, dtype=torch.int64) for name in ("meanings", "pictures")}
    inputs |= {"written": torch.ones(2, 1, dtype=torch.int64), "is_text": torch.ones(2, 1, dtype=torch.bool)}
    objective, found = OBJECTIVES.get("coca"), {}
    for positives in ("equal captions", "masked", "plain"):
        options = objective.options(positives=positives)
        parts = [
            ask(inputs, lambda tensor: tensor, options) for ask in (partial(objective.loss, outputs), objective.floors)
        ]
        found[positives] = [round(float(part.get("contrastive", 0)), 3) for part in parts]
    assert found == {"equal captions": [5.0, 0.693], "masked": [0.0, 0.0], "plain": [0.0, 0.0]}


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """The folder of an untrained CoCa of 32 px."""
    folder = tmp_path_factory.mktemp("coca")
    path = folder / "sarvl-micro-coca.json"
    path.write_text(json.dumps(MICRO_COCA))
    open_clip.add_model_config(path)
    torch.manual_seed(0)
    save_model(create_model("sarvl-micro-coca"), folder / "model", {}, "none")
    return folder / "model"


def test_no_weight_of_an_untrained_coca_is_left_to_chance(start):
    """open_clip 3.3.0 leaves the projection to logits uninitialised."""
    state = load_model(start).network.state_dict()
    assert float(state["text_decoder.text_projection"].std()) == pytest.approx(16**-0.5, rel=0.05)
    torch.manual_seed(0)
    assert all(
        torch.equal(weights, state[name])
        for name, weights in create_model("sarvl-micro-coca").network.state_dict().items()
    )


def test_a_coca_trains_captions_and_is_opened_by_open_clip(start, tmp_path):
    recipe = make_train_recipe(tmp_path, make_corpus(tmp_path).folder, start)
    changes = [
        "stages.0.objective=coca",
        "stages.1.objective=coca",
        "stages.0.epochs=12",
        "stages.0.learning_rate=0.03",
    ]
    run = train(load_recipe(recipe, TrainRecipe, changes), tmp_path / "run", workers=1)
    steps = [row for row in read_metrics(run) if isinstance(row, StepMetrics)]
    assert steps[-1].parts["caption"] < steps[0].parts["caption"] / 2
    model = load_model(run)
    assert isinstance(model, Coca)
    network, _, _ = open_clip.create_model_and_transforms(f"local-dir:{run / 'best'}")
    for name, weights in network.state_dict().items():
        torch.testing.assert_close(weights, model.network.state_dict()[name], rtol=0, atol=0)
    captioner = able(model, Captioner, "this test", "run", ModelError)
    tiles = torch.randint(0, 255, (3, 1, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    captions = captioner.caption(squares(tiles.numpy()), Decoding(20))
    assert all(caption.text.lower().startswith(("a ", "in ", "this ", "the ", "sar ", "an ")) for caption in captions)


def test_a_clip_does_not_learn_to_write(tmp_path):
    model = load_model(make_model(tmp_path))
    assert not isinstance(model, CaptionLearner)
    assert not isinstance(model, Captioner)

"""Statistics of batch normalisation: those of the images that a stage learns from, as they are."""

import pytest
import torch

from sarvl.corpus import Corpus, pixel_cache
from sarvl.models import load_model
from sarvl.recipes import load_recipe
from sarvl.training import TrainRecipe, train
from sarvl.training.weights.freezing import apply_freeze, statistics_told


@pytest.fixture(scope="module")
def run(recipe_path, tmp_path_factory):
    augmentation = "stages.1.augmentation={contrast: 0.9, speckle: 0.5}"
    recipe = load_recipe(recipe_path, TrainRecipe, [augmentation])
    run = train(recipe, tmp_path_factory.mktemp("batch-norm") / "run", workers=1)
    return run, Corpus.open(recipe_path.parent / "corpus")


def test_a_checkpoint_holds_the_statistics_of_the_images_themselves(run):
    folder, corpus = run
    model = load_model(str(folder / "last"))
    pixels = torch.from_numpy(pixel_cache(corpus, model.contract, 1).batch(corpus.rows_of("train")).tiles)
    visual = model.network.visual
    with torch.no_grad():
        maps = visual.conv1(model.normalise(pixels))  # (N, channels, H, W)
    # The running statistics of training miss these by some tenths of a standard deviation; unequal batches by a few %.
    deviation = maps.std(dim=(0, 2, 3))
    assert ((visual.bn1.running_mean - maps.mean(dim=(0, 2, 3))).abs() / deviation).max() < 0.03
    assert (visual.bn1.running_var.sqrt() / deviation - 1).abs().max() < 0.1


@pytest.mark.parametrize(
    ("processes", "chunk", "told"),
    [
        (1, None, None),
        (1, 8, None),
        (2, None, "statistics of the part of a process, 4 of the 8 pairs"),
        (2, 4, "statistics of the part of a process, 4 of the 8 pairs"),
        (2, 3, "statistics of a chunk, 3 of the 8 pairs"),
        (1, 2, "statistics of a chunk, 2 of the 8 pairs"),
    ],
)
def test_it_is_told_of_how_many_pairs_statistics_are(run, processes, chunk, told):
    network = load_model(str(run[0] / "last")).network
    assert (statistics_told(network, 8, processes, chunk) or "").endswith(f"{told} of a step" if told else "")
    apply_freeze(network, ("image",))
    assert statistics_told(network, 8, processes, chunk) is None

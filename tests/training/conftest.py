"""One thread, and the run that many modules look at: the losses compared here depend on the number of threads."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from micro import make_corpus, make_model, make_train_recipe

from sarvl.recipes import load_recipe
from sarvl.training import TrainRecipe, train


@pytest.fixture(autouse=True, scope="package")
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="package")
def recipe_path(tmp_path_factory) -> Path:
    """The micro recipe, beside the folders ``model`` and ``corpus`` that it names; nobody changes them."""
    folder = tmp_path_factory.mktemp("recipe")
    return make_train_recipe(folder, make_corpus(folder).folder, make_model(folder))


@pytest.fixture(scope="package")
def recipe(recipe_path) -> TrainRecipe:
    return load_recipe(recipe_path, TrainRecipe)


@pytest.fixture(scope="package")
def unbroken(recipe, tmp_path_factory) -> Path:
    """The run of the micro recipe, which nothing stopped; who changes it works on a copy."""
    return train(recipe, tmp_path_factory.mktemp("unbroken") / "run", workers=1)

"""What processes share: gradients once a step, and figures, of which those of the first process count for all."""

import json

import pytest
import torch
from forked import CONTEXT
from micro import make_corpus, make_model
from seldom_used import ROWS, SeldomUsed, keep_gradients, loss_of
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel
from two_ranks import free_port

from sarvl.errors import ModelError
from sarvl.recipes import check_recipe
from sarvl.training import TrainRecipe, read_metrics, train
from sarvl.training.executor import executor_of_this_process
from sarvl.training.executors.ddp import Ddp
from sarvl.training.executors.one_process import OneProcess
from sarvl.training.run.metrics import EpochMetrics
from sarvl.training.weights.gradient_cache import cached_gradient


class Doubled(nn.Module):
    """A network of one layer, as an objective's forward."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 3)

    def forward(self, inputs):
        return {"outputs": self.layer(inputs["inputs"])}


@pytest.fixture
def parallel(tmp_path):
    distributed.init_process_group("gloo", init_method=f"file://{tmp_path / 'store'}", rank=0, world_size=1)
    yield DistributedDataParallel(Doubled(), find_unused_parameters=True)
    distributed.destroy_process_group()


def test_gradients_are_shared_once_a_step_however_many_chunks_there_are(parallel):
    """Regression: the forward of each chunk stood outside of ``no_sync``, so that each backward shared."""
    shared = []

    def share(_state, bucket):
        shared.append(bucket.index())
        done = torch.futures.Future()
        done.set_result(bucket.buffer())
        return done

    parallel.register_comm_hook(None, share)
    executor, inputs = object.__new__(Ddp), torch.arange(12.0).view(4, 3)
    cached_gradient(
        [{"inputs": inputs[:2]}, {"inputs": inputs[2:]}],
        parallel,
        lambda outputs: {"loss": outputs["outputs"].square().sum()},
        lambda loss, is_last: executor.backward(loss, parallel, is_last),
    )
    assert shared == [0]
    kept = [parameter.grad.clone() for parameter in parallel.parameters()]
    parallel.zero_grad()
    parallel.module({"inputs": inputs})["outputs"].square().sum().backward()
    for gradient, parameter in zip(kept, parallel.parameters(), strict=True):
        torch.testing.assert_close(gradient, parameter.grad)


@pytest.mark.parametrize("chunk", [4, 2])
def test_what_some_chunks_of_some_processes_do_not_use_has_the_right_gradient(tmp_path, chunk):
    """DDP looks for unused parameters in the last chunk alone, which shares what those before it have found."""
    port, path = free_port(), tmp_path / "gradients"
    ranks = [CONTEXT.Process(target=keep_gradients, args=(rank, port, chunk, path)) for rank in range(2)]
    for process in ranks:
        process.start()
    for process in ranks:
        process.join(60)
    assert [process.exitcode for process in ranks] == [0, 0]
    alone = SeldomUsed()
    (loss_of(alone({"inputs": ROWS}))["loss"] / 2).backward()
    for rank in range(2):
        kept = torch.load(path.with_suffix(f".{rank}"))
        for name, parameter in alone.named_parameters():
            torch.testing.assert_close(kept[name], parameter.grad, msg=name)
    assert kept["of_large.weight"] is not None
    assert kept["in_no_loss.weight"] is None


def test_the_best_epoch_is_chosen_by_what_the_first_process_measured(tmp_path, monkeypatch):
    """Regression: each process went by its own figures, and waited for ever where another one chose otherwise."""
    corpus, recall = make_corpus(tmp_path / "data"), iter([0.9, 0.1])

    def told(_executor, value):
        is_recall = isinstance(value, dict) and "validation_grouped_mean_recall" in value
        return value | {"validation_grouped_mean_recall": next(recall)} if is_recall else value

    monkeypatch.setattr(OneProcess, "told", told)
    stage = {"name": "one", "corpus": str(corpus.folder), "validation": "val", "epochs": 2, "learning_rate": 1e-3}
    recipe = {"model": {"start": f"local-dir:{make_model(tmp_path)}"}, "stages": [stage]}
    run = train(check_recipe(recipe, TrainRecipe, tmp_path), tmp_path / "run", workers=1)
    epochs = [line.figures for line in read_metrics(run) if isinstance(line, EpochMetrics)]
    assert [figures["validation_grouped_mean_recall"] for figures in epochs] == [0.9, 0.1]
    best, last = (json.loads((run / name / "sarvl.json").read_text())["stages"][-1] for name in ("best", "last"))
    assert (best["epochs"], last["epochs"]) == (1.0, 2.0)


def test_a_machine_of_several_processes_without_torchrun_is_one_line(monkeypatch):
    """Regression: the executor was called None."""
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(ModelError, match="executor ddp: is of several processes; start them with torchrun"):
        executor_of_this_process()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"WORLD_SIZE": "two"}, "WORLD_SIZE is 'two', not a whole number"),
        ({"WORLD_SIZE": ""}, "WORLD_SIZE is '', not a whole number"),
        ({"LOCAL_RANK": "-1"}, "LOCAL_RANK is '-1', not a whole number"),
        ({"RANK": "first"}, "'first'; start with torchrun"),
        ({"MASTER_PORT": ""}, "MASTER_PORT expected, but not set; start with torchrun"),
    ],
)
def test_an_environment_that_torchrun_did_not_set_is_one_line(monkeypatch, wrong, told):
    """Regression: a WORLD_SIZE that is no number was a ValueError of Python."""
    whole = {"WORLD_SIZE": "2", "RANK": "0", "LOCAL_RANK": "0", "MASTER_ADDR": "localhost", "MASTER_PORT": "1"}
    for name, value in (whole | wrong).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ModelError, match=told) as refused:
        executor_of_this_process()
    assert "\n" not in str(refused.value)

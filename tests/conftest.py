"""Fixtures for all tests."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# One thread of computation a process, also in those that tests start: tests run beside each other, and threads that
# wait for a core spin. It is set before anything imports PyTorch.
os.environ["OMP_NUM_THREADS"] = "1"

# CI draws the same examples each time, so that a change is judged by the same cases; elsewhere they are drawn anew.
# No deadlines: a busy machine is no fault of the code.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

# A shell that starts the tests in the background has them ignore Ctrl-C, and so would what they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each worker tests that stand together, so that one alone makes what a module's tests share."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)


@pytest.fixture(scope="session", autouse=True)
def _one_worker_unless_asked() -> Iterator[None]:
    """Work in this process where a test asks for no workers: starting them takes seconds, and changes nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
        yield


@pytest.fixture(scope="module", autouse=True)
def _plain_cards(request: pytest.FixtureRequest) -> Iterator[None]:
    """Leave the pictures of data cards undrawn: they take nine tenths of a small build. Tests of them are marked."""
    with pytest.MonkeyPatch.context() as patch:
        if request.node.get_closest_marker("draws_cards") is None:
            for name in ("draw_samples", "draw_figures"):
                patch.setattr(f"sarvl.corpus.inspecting.card.{name}", lambda *given: given[-1].touch())
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the project; tests that use it skip where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real data absent: no folder {SHARED_DATA.name} in ../shared beside the project")
    return SHARED_DATA

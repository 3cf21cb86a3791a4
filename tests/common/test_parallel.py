"""The ordered map: results in order on every engine, few chunks under way, and workers that are killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from sarvl.errors import CorpusError, SarvlError
from sarvl.parallel import map_chunks, open_pool, ordered_map, worker_count


def scaled(items: Sequence[int], factor: int) -> list[int]:
    return [item * factor for item in items]


def summed(items: Sequence[int]) -> int:
    return sum(items)


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_order_on_any_number_of_workers(workers):
    items = list(range(100))
    assert list(ordered_map(partial(scaled, factor=3), items, workers, "scale", "items")) == [
        3 * item for item in items
    ]


def test_one_default_of_workers_is_all_cores_of_this_process(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {0, 2, 5}, raising=False)
    assert worker_count(None) == 3
    assert worker_count(2) == 2
    with pytest.raises(SarvlError, match="0 workers; give at least one"):
        worker_count(0)


def test_no_items_give_no_results():
    assert list(ordered_map(partial(scaled, factor=3), [], 2, "scale", "items")) == []


def failing(items: Sequence[int]) -> list[int]:
    raise CorpusError(f"item {items[0]}")


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_a_worker_is_raised(workers):
    with pytest.raises(CorpusError, match="item 0"):
        list(ordered_map(failing, list(range(70)), workers, "fail", "items"))


class Counted(Sequence[int]):
    """Numbers that tell how far they have been sliced."""

    def __init__(self, length: int) -> None:
        self.length, self.asked = length, 0

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, place: slice) -> list[int]:
        found = range(self.length)[place]
        self.asked = max(self.asked, found.stop)
        return list(found)


@pytest.mark.parametrize("workers", [1, 2])
def test_items_are_asked_for_a_few_chunks_ahead_and_one_pool_serves_several_maps(workers):
    with open_pool(workers) as pool:
        for _ in range(2):
            items = Counted(1000)
            results = map_chunks(pool, summed, items, "sum", "items", items_a_chunk=10)
            for number, result in enumerate(results):
                assert result == sum(range(10 * number, 10 * number + 10))
                assert items.asked <= 10 * (number + 1 + 4 * workers + 1)
            assert number == 99


def killed(items: Sequence[int]) -> list[int]:
    if items[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return list(items)


def test_a_worker_that_the_system_kills_is_a_clear_error():
    with pytest.raises(SarvlError, match=r"a worker process was killed.*use fewer --workers"):
        list(ordered_map(killed, list(range(100)), 2, "kill", "items"))


SLOW = """
import os
import time

def slow(items):
    os.write(1, b"%d\\n" % os.getpid())  # in one piece: several processes write there
    time.sleep(0.2)
    return items
"""
# Without the guard that scripts of several processes usually need: no process runs it again.
WORKING_LONG = """
from slow import slow
from sarvl.parallel import ordered_map

list(ordered_map(slow, range(10000), 2, "slow", "items", items_a_chunk=1))
"""


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_their_parent(tmp_path: Path, sent: signal.Signals):
    """Ctrl-C goes to the whole group, as from a terminal; SIGKILL leaves the parent no time to stop them."""
    script = tmp_path / "script.py"
    script.write_text(WORKING_LONG)
    (tmp_path / "slow.py").write_text(SLOW)
    parent = subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert parent.stdout is not None and parent.stderr is not None
    workers = {int(parent.stdout.readline()) for _ in range(4)}
    if sent is signal.SIGINT:
        os.killpg(parent.pid, sent)
    else:
        parent.kill()
    parent.wait(timeout=20)
    errors = parent.stderr.read()
    assert errors.count("Traceback") == (1 if sent is signal.SIGINT else 0)  # the parent's own KeyboardInterrupt
    assert all(waited_for_the_end_of(worker) for worker in workers)


def waited_for_the_end_of(process: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False

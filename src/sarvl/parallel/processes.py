"""A pool of processes on this machine, with few chunks under way at a time."""

import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain, islice
from multiprocessing import get_context, parent_process, resource_tracker
from threading import Thread
from types import ModuleType
from typing import Any, TypeVar

from sarvl.errors import SarvlError

Item = TypeVar("Item")
Result = TypeVar("Result")
_CHUNKS_AHEAD = 4  # of each worker; enough that none waits, few enough that neither items nor results pile up


class ProcessPool:
    """Processes that are started fresh (spawn), without the script that runs here.

    They need nothing of it, since they work with functions of modules. So a script needs no guard
    ``if __name__ == "__main__"``, and none runs a second time.
    """

    def __init__(self, workers: int) -> None:
        self._ahead = _CHUNKS_AHEAD * workers
        self._pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin)

    def run(self, function: Callable[[Sequence[Item]], Result], chunks: Iterable[Sequence[Item]]) -> Iterator[Result]:
        """Yield ``function`` of each chunk; one chunk alone is worked on here, since processes start slowly.

        Raises SarvlError where the system kills a worker.
        """
        waiting = iter(chunks)
        first = list(islice(waiting, 2))
        if len(first) < 2:
            yield from map(function, first)
            return
        waiting = chain(first, waiting)
        # Pickled once; a worker unpickles it once and knows it again by its bytes.
        work = pickle.dumps(function)
        try:
            running = deque(self._submit(work, chunk) for chunk in islice(waiting, self._ahead))
            while running:
                result: Result = running.popleft().result()
                running.extend(self._submit(work, chunk) for chunk in islice(waiting, 1))
                yield result
        except BrokenProcessPool as problem:
            raise SarvlError(
                "a worker process was killed, most often because memory ran out; use fewer --workers"
            ) from problem

    def _submit(self, work: bytes, chunk: Sequence[Any]) -> Future[Any]:
        # A worker that this starts inherits the mask: Ctrl-C reaches the parent alone, which stops the workers.
        resource_tracker.ensure_running()  # its first start would lift the mask
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            with _without_script():
                return self._pool.submit(_work, work, chunk)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def close(self) -> None:
        """Give up the chunks that have not begun, and wait for the workers to end."""
        self._pool.shutdown(cancel_futures=True)


@contextmanager
def _without_script() -> Iterator[None]:
    # A process that is started fresh runs again what it finds as `__main__`.
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def _begin() -> None:
    import cv2  # noqa: PLC0415 - heavy, and only the workers need it

    cv2.setNumThreads(1)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A parent that is killed cannot stop its workers, which would wait for work for ever.
    parent = parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def _work(work: bytes, chunk: Sequence[Any]) -> Any:
    return _function(work)(chunk)


@lru_cache(maxsize=1)
def _function(work: bytes) -> Callable[[Sequence[Any]], Any]:
    function: Callable[[Sequence[Any]], Any] = pickle.loads(work)  # noqa: S301 - made by the parent process
    return function

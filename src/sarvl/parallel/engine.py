"""Engines: where the chunks of a long list are worked on; all give the same results in the same order."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal, Protocol, TypeVar

from sarvl.errors import SarvlError
from sarvl.parallel.processes import ProcessPool
from sarvl.progress import progress

Item = TypeVar("Item")
Result = TypeVar("Result")
Engine = Literal["processes", "ray"]
"""Where workers run: on this machine, or on Ray Data."""


class Pool(Protocol):
    """Works on chunks of items."""

    def run(self, function: Callable[[Sequence[Item]], Result], chunks: Iterable[Sequence[Item]]) -> Iterator[Result]:
        """Yield ``function`` of each chunk, in order, worked on at most a few chunks ahead."""

    def close(self) -> None:
        """Stop the workers; chunks that nobody asked for any more are given up."""


class _SameProcess:
    """The pool of one worker: this process."""

    def run(self, function: Callable[[Sequence[Item]], Result], chunks: Iterable[Sequence[Item]]) -> Iterator[Result]:
        return map(function, chunks)

    def close(self) -> None:
        pass


def worker_count(workers: int | None) -> int:
    """Return ``workers``, or where it is None the default of all commands and functions: the cores we may use.

    Those are the cores that the operating system lets this process run on, which may be fewer than the machine has.
    Raises SarvlError for less than one.
    """
    if workers is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if workers < 1:
        raise SarvlError(f"{workers} workers; give at least one, or none for all cores")
    return workers


@contextmanager
def open_pool(workers: int | None = None, engine: Engine = "processes") -> Iterator[Pool]:
    """Yield a pool of ``workers`` processes, to be used for several maps; it is closed when the block ends.

    processes: on this machine. ray: on Ray Data, where ``RAY_ADDRESS`` leads to a cluster on all of that, else on
    ``workers`` processes of a Ray of our own. Raises SarvlError where Ray is asked for and not installed.
    """
    pool: Pool
    workers = worker_count(workers)
    if engine == "ray":
        from sarvl.parallel.on_ray import RayPool  # noqa: PLC0415 - a heavy extra

        pool = RayPool(workers)
    else:
        pool = ProcessPool(workers) if workers > 1 else _SameProcess()
    try:
        yield pool
    finally:
        pool.close()


def map_chunks(
    pool: Pool,
    function: Callable[[Sequence[Item]], Result],
    items: Sequence[Item],
    label: str,
    unit: str,
    *,
    items_a_chunk: int = 32,
) -> Iterator[Result]:
    """Yield ``function`` of each chunk of ``items``, in order, while progress counts them. unit: what they are.

    ``function`` must be a module's own or a partial of one. It is pickled once, and unpickled once by each worker.
    ``items`` is sliced only a few chunks ahead of what has been yielded, so it may make its slices when asked.
    """
    starts = range(0, len(items), items_a_chunk)
    chunks = (items[start : start + items_a_chunk] for start in starts)
    with progress(label, len(items), unit) as advance:
        for start, result in zip(starts, pool.run(function, chunks), strict=True):
            yield result
            advance(min(items_a_chunk, len(items) - start))


def ordered_map(
    function: Callable[[Sequence[Item]], list[Result]],
    items: Sequence[Item],
    workers: int | None,
    label: str,
    unit: str,
    *,
    items_a_chunk: int = 32,
) -> Iterator[Result]:
    """Yield the results of ``function``, which takes a chunk of items and returns one result an item, in order.

    One chunk alone is worked on in this process, and all are where there is one worker. See ``map_chunks``.
    """
    with open_pool(workers) as pool:
        for results in map_chunks(pool, function, items, label, unit, items_a_chunk=items_a_chunk):
            yield from results

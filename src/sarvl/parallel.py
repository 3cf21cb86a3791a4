"""One function over many items on a pool of processes, results in order whatever the number of workers."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

import cv2

from sarvl.progress import progress

Item = TypeVar("Item")
Result = TypeVar("Result")
_ITEMS_A_CHUNK = 32


def ordered_map(
    function: Callable[[Sequence[Item]], list[Result]], items: Sequence[Item], workers: int, label: str
) -> Iterator[Result]:
    """Yield the results of ``function``, which takes a chunk of items and returns one result an item, in order.

    ``function`` must be a module's own or a partial of one; with one worker it runs in this process.
    """
    chunks = [items[start : start + _ITEMS_A_CHUNK] for start in range(0, len(items), _ITEMS_A_CHUNK)]
    with progress(label, len(items)) as advance:
        if workers <= 1 or len(chunks) <= 1:
            for chunk in chunks:
                yield from function(chunk)
                advance(len(chunk))
            return
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_one_thread) as pool:
            for chunk, results in zip(chunks, pool.map(function, chunks), strict=True):
                yield from results
                advance(len(chunk))


def _one_thread() -> None:
    cv2.setNumThreads(1)

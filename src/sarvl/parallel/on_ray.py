"""A pool on Ray Data, for a cluster; every machine needs sarvl, and the images under the same path."""

import logging
import os
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import cv2

from sarvl.errors import SarvlError

# Said before Ray is imported: nothing of a build goes out to the network.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
try:
    import ray
    import ray.data
except ImportError as problem:
    raise SarvlError("--engine ray needs Ray; install it with: pip install 'sarvl[ray]'") from problem

Item = TypeVar("Item")
Result = TypeVar("Result")
_CHUNKS_A_TASK = 4


class RayPool:
    """The Ray that runs already, or that RAY_ADDRESS names, or one of our own with ``workers`` processes."""

    def __init__(self, workers: int) -> None:
        self._is_ours = not ray.is_initialized()
        if self._is_ours:
            own = {} if "RAY_ADDRESS" in os.environ else {"num_cpus": workers, "include_dashboard": False}
            ray.init(log_to_driver=False, logging_level=logging.ERROR, **own)
        for name in ("ray", "ray.data"):
            logging.getLogger(name).setLevel(logging.ERROR)
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.execution_options.preserve_order = True

    def run(self, function: Callable[[Sequence[Item]], Result], chunks: Iterable[Sequence[Item]]) -> Iterator[Result]:
        """Yield ``function`` of each chunk. All chunks go into Ray's object store first, which spills to disk."""
        rows = [{"chunk": pickle.dumps(chunk)} for chunk in chunks]
        if not rows:
            return
        data = ray.data.from_items(rows, override_num_blocks=-(-len(rows) // _CHUNKS_A_TASK))
        del rows
        for row in data.map(_Work(function)).iter_rows():
            result = pickle.loads(row["result"])  # noqa: S301 - made by our own workers
            if isinstance(result, SarvlError):
                raise result
            yield result

    def close(self) -> None:
        """Stop Ray where it was started here."""
        if self._is_ours:
            ray.shutdown()


class _Work:
    """A function of chunks as Ray Data wants it: rows of bytes in, rows of bytes out."""

    def __init__(self, function: Callable[[Sequence[Any]], Any]) -> None:
        self._function = function

    def __call__(self, row: dict[str, bytes]) -> dict[str, bytes]:
        cv2.setNumThreads(1)
        result: Any
        try:
            result = self._function(pickle.loads(row["chunk"]))  # noqa: S301 - made by the parent process
        except SarvlError as problem:  # Ray would wrap it into its own error, of many lines
            result = problem
        return {"result": pickle.dumps(result)}

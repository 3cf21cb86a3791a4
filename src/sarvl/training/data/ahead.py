"""BatchesAhead: the batch of the next step is made in a thread while the network learns from that of this one."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager

from sarvl.training.objective import Batch


class BatchesAhead(AbstractContextManager["BatchesAhead"]):
    """The batches of the steps of a stage; at most one beside the one that was asked for is in the making.

    make: gives the batch of a step, which depends on nothing but its number. steps: how many there are; that of none
    behind them is made. waited_seconds: for how long ``of`` has waited so far.
    """

    def __init__(self, make: Callable[[int], Batch], steps: int) -> None:
        self._make, self._steps = make, steps
        self._thread = ThreadPoolExecutor(1, "sarvl-batches")
        self._ahead: tuple[int, Future[Batch]] | None = None
        self.waited_seconds = 0.0

    def of(self, step: int) -> Batch:
        """Return the batch of a step, and let that of the next one be made; what went wrong in making it is raised."""
        began = time.monotonic()
        future = self._started(step)
        self._ahead = None
        batch = future.result()
        self.waited_seconds += time.monotonic() - began
        if step + 1 < self._steps:
            self._ahead = step + 1, self._started(step + 1)
        return batch

    def _started(self, step: int) -> Future[Batch]:
        if self._ahead and self._ahead[0] == step:
            return self._ahead[1]
        return self._thread.submit(self._make, step)

    def __exit__(self, *_: object) -> None:
        """Wait for the end of what is in the making, which nobody asks for any more."""
        self._thread.shutdown(cancel_futures=True)

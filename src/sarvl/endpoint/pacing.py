"""Pacing: a clock that tests can replace, and the token bucket that keeps requests below a rate."""

import threading
import time
from collections.abc import Callable
from typing import NamedTuple


class Clock(NamedTuple):
    """Seconds that never run back, and the way to wait for some."""

    now_s: Callable[[], float] = time.monotonic
    sleep_s: Callable[[float], None] = time.sleep


SYSTEM_CLOCK = Clock()


class TokenBucket:
    """A token bucket that holds one token: takers, of whatever thread, start 60 / ``per_minute`` seconds apart."""

    def __init__(self, per_minute: float, clock: Clock) -> None:
        self._interval_s = 60.0 / per_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._next_s = clock.now_s()

    def take(self) -> None:
        """Wait until the next request may start."""
        with self._lock:
            now_s = self._clock.now_s()
            start_s = max(self._next_s, now_s)
            self._next_s = start_s + self._interval_s
        if start_s > now_s:
            self._clock.sleep_s(start_s - now_s)

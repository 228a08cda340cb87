"""Threads that wait for one thing, first come, first served."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """A lock that serves threads in the order in which they asked. Python's own lock can leave one waiting for ever."""

    def __init__(self):
        self._waiting: deque[threading.Event] = deque()
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, seconds: float) -> Iterator[None]:
        """Wait for one's turn, and have it; raises `TimeoutError` if it does not come."""
        mine = threading.Event()
        with self._lock:
            self._waiting.append(mine)
            self._call_first()
        try:
            if not mine.wait(seconds):
                raise TimeoutError
            yield
        finally:
            with self._lock:
                self._waiting.remove(mine)
                self._call_first()

    def _call_first(self) -> None:
        if self._waiting:
            self._waiting[0].set()

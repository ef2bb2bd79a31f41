"""What the computing thread is doing, for the reading thread to report, and the way to stop it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from akidb_worker.errors import ErrorKind, WorkerError


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The activity at one moment; times are None when nothing runs."""

    running: int | None
    running_ms: int | None
    progress_ms: int | None
    served: int


class Activity:
    """One piece of work at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: int | None = None
        self._cancelled: set[int] = set()
        self._started = 0.0
        self._moved = 0.0
        self._served = 0

    def begin(self, id: int) -> None:
        """Marks the work with this id as running, until ``end``."""
        with self._lock:
            self._running = id
            self._cancelled = {later for later in self._cancelled if later >= id}
            self._started = self._moved = time.monotonic()

    def end(self) -> None:
        with self._lock:
            self._running = None

    def moved(self) -> None:
        """Says that the running work went on a step; raises when it was cancelled."""
        self._moved = time.monotonic()
        if self._running in self._cancelled:
            raise WorkerError(ErrorKind.CANCELLED, "The batch was cancelled while it ran.")

    def count_served(self) -> None:
        self._served += 1

    def cancel(self, id: int) -> None:
        """Stops the work with this id at its next step, if it runs or is about to."""
        with self._lock:
            self._cancelled.add(id)

    def snapshot(self) -> Snapshot:
        with self._lock:
            if self._running is None:
                return Snapshot(None, None, None, self._served)
            now = time.monotonic()
            return Snapshot(
                self._running,
                int((now - self._started) * 1000),
                max(0, int((now - self._moved) * 1000)),
                self._served,
            )

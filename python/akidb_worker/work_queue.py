"""What waits to be done and what is being done, shared by the thread that reads and the thread that computes."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from queue import SimpleQueue

from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.messages import Embed, Load


@dataclass(frozen=True, slots=True)
class Job:
    """A request with the moment (of the monotonic clock) after which nobody waits for it; a load has none."""

    request: Load | Embed
    deadline: float | None


class WorkQueue:
    """Jobs in order of arrival, bounded."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._jobs: deque[Job] = deque()
        self._lock = threading.Lock()
        self._open = True

        # Rings once for every job and once at the end; much cheaper than a condition. A job may be gone when its ring is heard.
        self._bell: SimpleQueue[None] = SimpleQueue()

    def __len__(self) -> int:
        return len(self._jobs)

    def put(self, job: Job) -> None:
        with self._lock:
            if not self._open:
                raise WorkerError(ErrorKind.OVERLOADED, "The worker is shutting down. Send the batch to another one.")
            if len(self._jobs) >= self._capacity:
                raise WorkerError(ErrorKind.OVERLOADED, f"The worker's queue is full: {self._capacity} batches wait. Send it later.")
            self._jobs.append(job)
        self._bell.put(None)

    def take(self) -> Job | None:
        """Waits for the next job; None when the queue is closed and empty."""
        while True:
            with self._lock:
                if self._jobs:
                    return self._jobs.popleft()
                if not self._open:
                    return None
            self._bell.get()

    def remove(self, id: int) -> bool:
        """Takes out the batch with this id, if it still waits."""
        with self._lock:
            for job in self._jobs:
                if job.request.id == id and isinstance(job.request, Embed):
                    self._jobs.remove(job)
                    return True
            return False

    def close(self) -> None:
        """Lets what waits be finished and takes nothing more."""
        with self._lock:
            self._open = False
        self._bell.put(None)

    def abandon(self) -> list[Job]:
        """Closes the queue and takes out everything that waits."""
        with self._lock:
            abandoned = list(self._jobs)
            self._jobs.clear()
            self._open = False
        self._bell.put(None)
        return abandoned

"""What waits to be done and what is being done, shared by the thread that reads and the thread that computes."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

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
        self._changed = threading.Condition()
        self._open = True

    def __len__(self) -> int:
        return len(self._jobs)

    def put(self, job: Job) -> None:
        with self._changed:
            if not self._open:
                raise WorkerError(ErrorKind.OVERLOADED, "The worker is shutting down. Send the batch to another one.")
            if len(self._jobs) >= self._capacity:
                raise WorkerError(ErrorKind.OVERLOADED, f"The worker's queue is full: {self._capacity} batches wait. Send it later.")
            self._jobs.append(job)
            self._changed.notify()

    def take(self) -> Job | None:
        """Waits for the next job; None when the queue is closed and empty."""
        with self._changed:
            while not self._jobs:
                if not self._open:
                    return None
                self._changed.wait()
            return self._jobs.popleft()

    def remove(self, id: int) -> bool:
        """Takes out the batch with this id, if it still waits."""
        with self._changed:
            for job in self._jobs:
                if job.request.id == id and isinstance(job.request, Embed):
                    self._jobs.remove(job)
                    return True
            return False

    def close(self) -> None:
        """Lets what waits be finished and takes nothing more."""
        with self._changed:
            self._open = False
            self._changed.notify()

    def abandon(self) -> list[Job]:
        """Closes the queue and takes out everything that waits."""
        with self._changed:
            abandoned = list(self._jobs)
            self._jobs.clear()
            self._open = False
            self._changed.notify()
            return abandoned

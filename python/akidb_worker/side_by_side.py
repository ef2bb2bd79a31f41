"""Threads that compute the parts of a batch side by side. Imports torch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from queue import SimpleQueue
from typing import TypeVar

import torch

from akidb_worker.blas_threads import BlasThreads

Result = TypeVar("Result")

Moved = Callable[[], None]
Work = Callable[[Moved], None]
"""A part of the work; it calls what it is given at every step, which may raise to stop it."""


class SideBySide:
    """As many threads as one computation may take, each of which computes with one thread."""

    def __init__(self, count: int, blas: BlasThreads) -> None:
        self.count = count
        self._blas = blas
        self._works: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        started: SimpleQueue[bool] = SimpleQueue()
        self._threads = [threading.Thread(target=self._serve, args=(started,), name=f"part-{i}", daemon=True) for i in range(count)]
        # One after the other: each looks at what it starts itself.
        with blas.one_each():
            self._alone = [self._start(thread, started) for thread in self._threads]

    @staticmethod
    def on(device: torch.device) -> SideBySide | None:
        """As many as torch computes with; None where one computation takes one thread anyway, or cannot be told to."""
        if device.type != "cpu" or torch.get_num_threads() == 1:
            return None
        if (blas := BlasThreads.of_torch()) is None:
            return None
        threads = SideBySide(torch.get_num_threads(), blas)
        if all(threads._alone):
            return threads
        threads.close()
        return None

    def run(self, works: Sequence[Work], moved: Moved) -> None:
        """Returns when all have ended; where one fails, the others stop at their next step, and the first failure is raised."""
        division = _Division(moved)
        with self._blas.one_each():
            for work in works:
                self._works.put(partial(division.do, work))
            ends = [division.ends.get() for _ in works]
        _raise_first(ends)

    def alone(self, work: Callable[[], Result]) -> Result:
        """What the work returns, which one of the threads does as it would do a part."""
        results: list[Result] = []
        self.run([lambda moved: results.append(work())], lambda: None)
        return results[0]

    def close(self) -> None:
        """Ends the threads."""
        for _ in self._threads:
            self._works.put(None)
        for thread in self._threads:
            thread.join()

    @staticmethod
    def _start(thread: threading.Thread, started: SimpleQueue[bool]) -> bool:
        thread.start()
        return started.get()

    def _serve(self, started: SimpleQueue[bool]) -> None:
        alone = False
        try:
            alone = self._blas.take_one()
        finally:
            started.put(alone)
        with torch.inference_mode():  # type: ignore[no-untyped-call]
            while (work := self._works.get()) is not None:
                work()
                # What was computed with it is not kept until the next one comes.
                del work


class _Division:
    """What the parts of one batch know of each other."""

    def __init__(self, moved: Moved) -> None:
        self.ends: SimpleQueue[BaseException | None] = SimpleQueue()
        self._moved = moved
        self._failed = False

    def do(self, work: Work) -> None:
        try:
            work(self._go_on)
        except BaseException as error:
            # In this order: what the other parts stop with is not the first failure.
            self.ends.put(error)
            self._failed = True
        else:
            self.ends.put(None)

    def _go_on(self) -> None:
        if self._failed:
            raise _OtherPartFailedError
        self._moved()


class _OtherPartFailedError(Exception):
    """Nobody needs this part any more."""


def _raise_first(ends: list[BaseException | None]) -> None:
    try:
        for end in ends:
            if end is not None:
                raise end
    finally:
        # An exception holds the frames that it passed: in one of them it would hold itself, and all that was being computed.
        ends.clear()
        end = None

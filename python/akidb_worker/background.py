"""Lets what is not urgent wait behind the requests of other workers.

Preparing has a low priority, on Linux: only there a thread has one of its own. Computing cannot have it, because the threads that
the libraries start would keep it for ever. So whatever can be done in steps pauses after each: OpenBLAS's threads yield while they
wait for each other, and so give way even to a thread of lower priority.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_LOWER_BY = 10

# Nine tenths of the time the processor is left to others.
_PAUSE_PER_WORK = 9.0

# The host does not wait for ever for a step's end.
MOST_PAUSE_SECONDS = 5.0

Result = TypeVar("Result")


def in_background(work: Callable[[], Result]) -> Result:
    """Does the work on a thread of low priority, and waits for it and for the pause after it.

    A process without privileges cannot raise a priority that it has lowered: the thread ends instead. A thread that the work
    starts and leaves behind stays at low priority.
    """
    with ThreadPoolExecutor(1, "background", initializer=lower_priority) as thread:
        return thread.submit(_do_and_pause, work).result()


def at_once(work: Callable[[], Result]) -> Result:
    """The other way to do it."""
    return work()


def lower_priority() -> None:
    """Lowers this thread's priority for good."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, 0, min(19, os.getpriority(os.PRIO_PROCESS, 0) + _LOWER_BY))


def _do_and_pause(work: Callable[[], Result]) -> Result:
    throttle = Throttle(background=True, at_most=MOST_PAUSE_SECONDS)
    result = work()
    throttle()
    return result


class Throttle:
    """Called by its thread after every step, it sleeps a multiple of what the step took of the processor, if in the background.

    ``at_most`` bounds, in seconds, all pauses together.
    """

    def __init__(self, background: bool, at_most: float = math.inf) -> None:
        self._left = at_most if background else 0.0
        self._since = time.thread_time()

    @property
    def is_spent(self) -> bool:
        """Whether there is nothing left to sleep."""
        return self._left <= 0

    def __call__(self) -> None:
        pause = min(self._left, _PAUSE_PER_WORK * (time.thread_time() - self._since))
        if pause > 0:
            self._left -= pause
            time.sleep(pause)
        self._since = time.thread_time()

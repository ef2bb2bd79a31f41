"""Lets what is not urgent wait behind the requests of other workers, on Linux: only there a thread has a priority of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_LOWER_BY = 10

Result = TypeVar("Result")


def in_background(work: Callable[[], Result]) -> Result:
    """Does the work on a thread of low priority, and waits for it.

    A process without privileges cannot raise a priority that it has lowered: the thread ends instead. A thread that the work
    starts and leaves behind stays at low priority.
    """
    with ThreadPoolExecutor(1, "background", initializer=lower_priority) as thread:
        return thread.submit(work).result()


def at_once(work: Callable[[], Result]) -> Result:
    """The other way to do it."""
    return work()


def lower_priority() -> None:
    """Lowers this thread's priority for good."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, 0, min(19, os.getpriority(os.PRIO_PROCESS, 0) + _LOWER_BY))

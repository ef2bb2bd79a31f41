"""The process's memory: how much it has, and who is ended when there is none left."""

from __future__ import annotations

import contextlib
import os
import sys

_OOM_SCORE = "/proc/self/oom_score_adj"

# In thousandths of the memory that is short: a worker with nothing is ended before a host with half of it.
_BEFORE_THE_HOST = 500
_HIGHEST_SCORE = 1000


def be_ended_before_the_host() -> None:
    """Where memory runs out, the kernel ends a worker, and the host goes on answering without it (Linux). Its children inherit this."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            with open(_OOM_SCORE, encoding="ascii") as file:
                score = int(file.read()) + _BEFORE_THE_HOST
            with open(_OOM_SCORE, "w", encoding="ascii") as file:
                file.write(str(min(score, _HIGHEST_SCORE)))


def resident_bytes() -> int:
    """The resident set where the system tells it, else its largest size so far."""
    if sys.platform == "linux":
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

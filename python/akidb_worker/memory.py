"""The process's memory, and who goes first when there is none left."""

from __future__ import annotations

import contextlib
import os
import sys

# At most as much as if the process held all the memory that there is.
_MAX_OOM_SCORE_ADJUSTMENT = 1000


def resident_bytes() -> int:
    """The resident set where the system tells it, else its largest size so far."""
    if sys.platform == "linux":
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def go_before(host: int, adjustment: int) -> None:
    """Lets the kernel, which ends processes when there is no memory left, end this one before the host (Linux).

    A host that was ended answers nobody; what it has started is replaced, and others answer meanwhile.
    """
    # Where a system keeps this from its processes, it chooses by itself.
    with contextlib.suppress(OSError):
        wanted = min(_oom_score_adjustment(host) + adjustment, _MAX_OOM_SCORE_ADJUSTMENT)
        if wanted > _oom_score_adjustment(os.getpid()):
            with open("/proc/self/oom_score_adj", "w") as file:
                file.write(str(wanted))


def _oom_score_adjustment(pid: int) -> int:
    with open(f"/proc/{pid}/oom_score_adj") as file:
        return int(file.read())

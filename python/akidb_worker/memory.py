"""The process's resident memory."""

from __future__ import annotations

import os
import sys


def resident_bytes() -> int:
    """The resident set where the system tells it, else its largest size so far."""
    if sys.platform == "linux":
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

"""The processes that come from a process, on Linux; elsewhere there is no way to know them."""

from __future__ import annotations

import os
import sys
from collections import defaultdict

_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Makes this process the parent of every descendant that loses its own, also of one that has left the session."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def descendants(ancestor: int) -> list[int]:
    """Every living process whose parents lead to this one; empty where the system does not tell."""
    children: dict[int, list[int]] = defaultdict(list)
    for pid in _pids():
        children[parent_of(pid)].append(pid)
    found = list(children[ancestor])
    for pid in found:
        found += children[pid]
    return found


def _pids() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdecimal()]
    except OSError:
        return []


def parent_of(pid: int) -> int:
    """The parent's id; 0 where there is none or the system does not tell."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The program's name, in parentheses, may hold anything.
            return int(file.read().rpartition(b")")[2].split()[1])
    except OSError:
        return 0

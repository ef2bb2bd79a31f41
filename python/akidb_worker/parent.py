"""Sees to it that no worker outlives its host, even when a native call never returns to read stdin."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

from akidb_worker.exits import ExitCode, exit_now

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int | None) -> None:
    """Asks Linux for a signal when the parent dies, and leaves at once if it already has."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        exit_now(ExitCode.DONE)

"""Sees to it that no worker outlives its host."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

from akidb_worker.exits import ExitCode, exit_now

_PR_SET_PDEATHSIG = 1


class Parent:
    """The process that started this one.

    Linux sends its signal when the *thread* that started this process ends: a host must start workers from a thread that
    lives as long as it does. The signal is SIGKILL, because a worker that is stopped, or stuck in native code, heeds no other.
    """

    def __init__(self, expected_pid: int | None) -> None:
        self._pid = expected_pid if expected_pid is not None else os.getppid()

    def watch(self) -> None:
        """Asks for the signal, and leaves at once if the parent has gone already."""
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != self._pid:
            exit_now(ExitCode.DONE)

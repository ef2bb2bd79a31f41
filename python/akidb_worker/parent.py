"""Sees to it that no worker outlives the process that it belongs to."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15


class Host:
    """The process that everything belongs to.

    No dataclass: the warden keeps in memory whatever this module imports.
    """

    def __init__(self, pid: int, descriptor: int | None = None) -> None:
        self.pid = pid
        self._descriptor = descriptor

    @staticmethod
    def parent() -> Host:
        """Of a process that the host itself has started."""
        return Host(os.getppid())

    @staticmethod
    def watched(pid: int) -> Host:
        """Of a process whose children must know of the host's end, too (Linux). Leaves at once if the host is not this one's parent."""
        with contextlib.suppress(ProcessLookupError):
            descriptor = os.pidfd_open(pid)
            # Now the number cannot come to mean another process.
            if os.getppid() == pid:
                return Host(pid, descriptor)
        sys.exit("The host that this process was started for has gone.")

    def lives(self) -> bool:
        """Whether it has not ended."""
        if self._descriptor is None:
            return os.getppid() == self.pid
        return not select.select([self._descriptor], [], [], 0)[0]


class Parent:
    """The process that started this one, which is the host or the warden, and the host."""

    def __init__(self, pid: int, host: int) -> None:
        self.pid = pid
        self.host = host

    @staticmethod
    def unguarded() -> Parent:
        """Of a worker without a warden: its parent is the host."""
        return Parent(os.getppid(), os.getppid())

    def watch(self, expected_host: int | None) -> None:
        """Asks to be killed when the parent dies, and leaves at once if it has gone already or the host is another one than expected.

        Linux sends the signal when the *thread* that started this process ends. It is SIGKILL, because a worker that is
        stopped, or stuck in native code, heeds no other.
        """
        ask_for_signal_at_parents_death(signal.SIGKILL)
        if os.getppid() != self.pid or expected_host not in (None, self.host):
            from akidb_worker.exits import ExitCode, exit_now

            exit_now(ExitCode.DONE)


def ask_for_signal_at_parents_death(wanted: signal.Signals) -> None:
    """Does nothing where the system has no such thing. Call it before looking whether the parent is still there."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(wanted), 0, 0, 0)


def take_name(name: str) -> None:
    """Shows this process as something else than python3 in ``top`` and ``ps -e``, on Linux; at most 15 characters."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)

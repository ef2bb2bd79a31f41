"""Sees to it that no worker outlives the process that it belongs to."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Sequence
from itertools import pairwise

from akidb_worker.descendants import parent_of

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15


class HostGoneError(Exception):
    """The process that this one was started for has gone, or is another one."""

    def __init__(self) -> None:
        super().__init__("The host that this process was started for has gone.")


class Host:
    """The process that everything belongs to.

    No dataclass: the subreaper keeps in memory whatever this module imports.
    """

    def __init__(self, pid: int, parent: int | None, descriptor: int | None) -> None:
        self.pid = pid
        self._parent = parent
        self._descriptor = descriptor

    @staticmethod
    def named_in(arguments: Sequence[str], pipe: int) -> Host:
        """The one that ``--parent-pid`` names, by default the parent. Ends this process if it is gone."""
        named = dict(pairwise(arguments)).get("--parent-pid", "")
        try:
            return Host.watched(int(named) if named.isdecimal() else os.getppid(), pipe)
        except HostGoneError as error:
            os.write(2, f"{error}\n".encode())
            os._exit(0)

    @staticmethod
    def watched(pid: int, pipe: int) -> Host:
        """The host with this id, which holds the other end of ``pipe``. Raises HostGoneError if it does not.

        It need not be the parent: a shell script or a launcher may stand in between.
        """
        parent = os.getppid()
        descriptor = None
        try:
            if hasattr(os, "pidfd_open"):
                descriptor = os.pidfd_open(pid)
            elif sys.platform != "win32":
                os.kill(pid, 0)
        except ProcessLookupError:
            raise HostGoneError from None
        except OSError:
            # A kernel or a container that does not let anybody ask.
            pass
        # By now the number cannot come to mean another process.
        if pid != parent and not _is_behind(pid, pipe):
            raise HostGoneError
        return Host(pid, parent, descriptor)

    def of_forked(self) -> Host:
        """The same host, to those who outlive the process that forked them."""
        return Host(self.pid, None, self._descriptor)

    def lives(self) -> bool:
        """Whether it has not ended, nor the process through which it started this one."""
        if self._parent is not None and os.getppid() != self._parent:
            return False
        return self._descriptor is None or not select.select([self._descriptor], [], [], 0)[0]


class Parent:
    """The process whose end is a worker's end: its subreaper, or the host where there is none."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def watch(self) -> None:
        """Asks to be killed when the parent dies, and leaves at once if it has gone already.

        Linux sends the signal when the *thread* that started this process ends. It is SIGKILL, because a worker that is
        stopped, or stuck in native code, heeds no other.
        """
        ask_for_signal_at_parents_death(signal.SIGKILL)
        if os.getppid() != self.pid:
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


def _is_behind(pid: int, pipe: int) -> bool:
    """Whether this process descends from that one, and hears it through the pipe. Where the system does not tell, it is believed."""
    if sys.platform != "linux":
        return True
    ancestor = os.getppid()
    while ancestor not in (0, pid):
        ancestor = parent_of(ancestor)
    return ancestor == pid and _holds(pid, _link(f"/proc/self/fd/{pipe}"))


def _holds(pid: int, pipe: str) -> bool:
    folder = f"/proc/{pid}/fd"
    try:
        return any(_link(f"{folder}/{name}") == pipe for name in os.listdir(folder))
    except PermissionError:
        return True


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""

"""The small process between the host and the worker, which leaves nothing of the worker behind.

A worker that is killed cannot clean up after itself, and the processes that its libraries started know nothing of the host.
So the process that the host starts becomes the worker's subreaper: it forks the worker before anything heavy is imported, adopts every
descendant that loses its parent (Linux), and ends when the worker has ended and nothing else is left, with the worker's status.
A process that the fork server has forked becomes one in the same way; the host is told of its status through a pipe.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable

from akidb_worker.descendants import adopt_orphans, descendants
from akidb_worker.memory import go_before
from akidb_worker.parent import Host, Parent, ask_for_signal_at_parents_death, take_name

# How often it looks for the host where the host's death is no signal.
_LOOK_SECONDS = 0.5

# Before the fork server, whose memory the workers share: its end would free little.
_OOM_SCORE_ADJUSTMENT = 500

_KILL_SECONDS = 2.0
_KILL_AGAIN_SECONDS = 0.01


def fork_worker(frames: Iterable[int], host: Host, status: int | None = None) -> Parent:
    """Returns in the worker; the subreaper never does. Where there is no fork there is no subreaper.

    Call it while the process has one thread. ``frames`` are the descriptors that only the worker may hold; ``status`` is a pipe
    that gets the subreaper's process id and then its exit status, for a host that cannot wait for it.
    """
    if sys.platform == "win32":
        return Parent(os.getppid())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = Parent(os.getpid())
    _tell(status, os.getpid())
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _heeded())
    worker = os.fork()
    if worker:
        for descriptor in frames:
            os.close(descriptor)
        take_name("akidb-reaper")
        _Subreaper(worker, host, status).run()
    if status is not None:
        os.close(status)
    # A group of its own: whoever finds the subreaper killed can still end the worker's descendants together.
    os.setpgid(0, 0)
    take_name("akidb-worker")
    go_before(host.pid, _OOM_SCORE_ADJUSTMENT)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return parent


if sys.platform != "win32":

    def _tell(status: int | None, number: int) -> None:
        if status is not None:
            with contextlib.suppress(BrokenPipeError):
                os.write(status, b"%d\n" % number)

    def _heeded() -> set[signal.Signals]:
        # SIGHUP and SIGALRM say no more than: look around.
        return {signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM}

    class _Subreaper:
        """Has one thread, imports nothing and logs nothing."""

        def __init__(self, worker: int, host: Host, report: int | None) -> None:
            self._worker = worker
            self._host = host
            self._report = report
            self._status: int | None = None

        def run(self) -> None:
            # macOS throws away a SIGCHLD that has no handler. This one never runs: the signal is blocked.
            signal.signal(signal.SIGCHLD, lambda number, frame: None)
            adopt_orphans()
            ask_for_signal_at_parents_death(signal.SIGHUP)
            signal.setitimer(signal.ITIMER_REAL, _LOOK_SECONDS, _LOOK_SECONDS)
            while self._status is None:
                if not self._host.lives():
                    os.kill(self._worker, signal.SIGKILL)
                if signal.sigwait(_heeded()) == signal.SIGTERM:
                    os.kill(self._worker, signal.SIGTERM)
                self._reap()
            self._kill_descendants()
            code = os.waitstatus_to_exitcode(self._status)
            code = code if code >= 0 else 128 - code
            _tell(self._report, code)
            os._exit(code)

        def _reap(self) -> bool:
            """Takes note of every child that has ended; whether any is left."""
            try:
                while True:
                    pid, status = os.waitpid(-1, os.WNOHANG)
                    if pid == 0:
                        return True
                    if pid == self._worker:
                        self._status = status
            except ChildProcessError:
                return False

        def _kill_descendants(self) -> None:
            """Again and again, because one may have started another just now; bounded, because the kernel may hold one back."""
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._worker, signal.SIGKILL)
            deadline = time.monotonic() + _KILL_SECONDS
            signal.setitimer(signal.ITIMER_REAL, _KILL_AGAIN_SECONDS, _KILL_AGAIN_SECONDS)
            while self._reap() and time.monotonic() < deadline:
                for pid in descendants(os.getpid()):
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.kill(pid, signal.SIGKILL)
                signal.sigwait(_heeded())

"""Waits for signals on a thread of its own, so that the computing thread is never interrupted."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable

from akidb_worker.exits import ExitCode, exit_now


def block_signals() -> None:
    """Call before any thread starts: SIGTERM then reaches only the thread below. Ctrl+C in a terminal is the host's affair."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})


def on_termination(stop: Callable[[], None]) -> None:
    """Calls stop at the first SIGTERM; the second ends the process at once."""
    if sys.platform != "win32":
        threading.Thread(target=_wait, args=(stop,), name="signals", daemon=True).start()


def _wait(stop: Callable[[], None]) -> None:
    if sys.platform != "win32":
        signal.sigwait({signal.SIGTERM})
        stop()
        signal.sigwait({signal.SIGTERM})
        exit_now(ExitCode.TERMINATED)

"""Waits for signals on a thread of its own, so that the computing thread is never interrupted and never waited for."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable

from akidb_worker.exits import ExitCode, exit_now


def block_signals() -> None:
    """Call before any thread starts: the signals then wait for the thread below. Ctrl+C in a terminal is the host's affair."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})


def serve_signals(stop: Callable[[], None]) -> None:
    """Calls stop at the first SIGTERM; the second ends the process at once."""
    if sys.platform != "win32":
        threading.Thread(target=_serve, args=(stop,), name="signals", daemon=True).start()


def _serve(stop: Callable[[], None]) -> None:
    if sys.platform != "win32":
        terminations = 0
        while True:
            signal.sigwait({signal.SIGTERM})
            terminations += 1
            if terminations > 1:
                exit_now(ExitCode.TERMINATED)
            threading.Thread(target=stop, name="stop", daemon=True).start()

"""Stands for a host with workers: each line it reads starts a process that looks like a worker, and is answered with its id.

Nothing outlives it: its workers end with the pipe that it holds open, and it ends with its own standard input.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

# It says when it runs: a moment before, the kernel does not show its command line yet.
WORKER = "import sys; print(flush=True); sys.stdin.read()"


def main() -> None:
    # Whoever has ended leaves no zombie and no descriptor behind.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    alive, _held = os.pipe()
    for line in sys.stdin:
        worker = subprocess.Popen([sys.executable, "-c", WORKER, line.strip()], stdin=alive, stdout=subprocess.PIPE)
        assert worker.stdout is not None
        with worker.stdout:
            worker.stdout.readline()
        print(worker.pid, flush=True)


main()

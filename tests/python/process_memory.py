"""How much memory a process has, and had at most."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType

_PAUSE_SECONDS = 0.02


class PeakMemory:
    """Looks again and again while the block runs; zeros where the system is not Linux. In MiB."""

    def __init__(self, pid: int) -> None:
        self._rollup = Path(f"/proc/{pid}/smaps_rollup")
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="memory", daemon=True)
        self.resident = 0
        self.private = 0

    def __enter__(self) -> PeakMemory:
        self._watcher.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._watcher.join()

    def _watch(self) -> None:
        while True:
            over = self._over.wait(_PAUSE_SECONDS)
            try:
                sizes = dict(line.split(":") for line in self._rollup.read_text().splitlines()[1:])
            except OSError:
                return
            self.resident = max(self.resident, int(sizes["Rss"].split()[0]) >> 10)
            # What was written: pages of files are not among it.
            self.private = max(self.private, int(sizes["Private_Dirty"].split()[0]) >> 10)
            if over:
                return

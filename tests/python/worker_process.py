"""A real ``python -m akidb_worker`` at the other end of two pipes."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from conversation import TIMEOUT_SECONDS, Conversation
from reference_answers import ROOT


def fake_library(folder: Path, name: str, source: str) -> Path:
    """Writes a module that stands in for a library, and returns the folder to put before the path."""
    (folder / f"{name}.py").write_text(source)
    return folder


class WorkerProcess(Conversation):
    """The process that a host would start: the worker's subreaper."""

    def __init__(self, *options: str, before_path: Path | None = None, python: str = sys.executable, **environment: str) -> None:
        path = [str(before_path)] if before_path else []
        self._process = subprocess.Popen(
            [python, "-m", "akidb_worker", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT / "tests" / "data",
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([*path, str(ROOT / "python")]),
                "OMP_NUM_THREADS": "1",
                "OMP_WAIT_POLICY": "passive",
                **environment,
            },
        )
        assert self._process.stdin and self._process.stdout
        super().__init__(self._process.stdin.fileno(), self._process.stdout.fileno())

    def __enter__(self) -> WorkerProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait(TIMEOUT_SECONDS)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            with contextlib.suppress(BrokenPipeError):
                assert pipe
                pipe.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def close_stdin(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()

    def exit_code(self) -> int:
        return self._process.wait(TIMEOUT_SECONDS)

    def drain_stderr(self) -> Callable[[], str]:
        """Reads stderr from now on, more than a pipe holds; what is returned waits for its end."""
        assert self._process.stderr
        pool = ThreadPoolExecutor(1)
        content = pool.submit(self._process.stderr.read)
        pool.shutdown(wait=False)
        return lambda: content.result(TIMEOUT_SECONDS).decode()

    def stderr(self) -> str:
        assert self._process.stderr
        self._process.wait(TIMEOUT_SECONDS)
        return self._process.stderr.read().decode()

"""A real ``python -m akidb_worker.fork_server``, and the workers that it forks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from conversation import TIMEOUT_SECONDS, Conversation
from reference_answers import ROOT


class ForkedWorker(Conversation):
    """The host's ends of a forked worker's pipes. Its stderr is the test's."""

    def __init__(self, server: ForkServerProcess, options: tuple[str, ...], environment: Mapping[str, str | None]) -> None:
        stdin, stdout, status = os.pipe(), os.pipe(), os.pipe()
        self._own = [stdin[1], stdout[0], status[0]]
        self._status = os.fdopen(status[0], closefd=False)
        super().__init__(stdin[1], stdout[0])
        given = {"stdin": stdin[0], "stdout": stdout[1], "stderr": 2, "status": status[1]}
        server.order({"arguments": ["--parent-pid", str(os.getpid()), *options], "environment": environment, **given})
        self.pid = int(self._status.readline() or 0)
        for descriptor in (stdin[0], stdout[1], status[1]):
            os.close(descriptor)

    def close(self) -> None:
        for descriptor in self._own:
            os.close(descriptor)
        self._own = []

    def close_stdin(self) -> None:
        os.close(self._own.pop(0))

    def exit_status(self) -> str:
        """What the subreaper said of the worker's end; empty where it ended without a word."""
        return self._status.readline().strip()


class ForkServerProcess:
    """Ends with the test; its workers end with their pipes."""

    def __init__(self, *, before_path: Path | None = None, parent: int | None = None, **environment: str) -> None:
        path = [str(before_path)] if before_path else []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "akidb_worker.fork_server", "--parent-pid", str(parent or os.getpid()), "--encoder", "torch"],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT / "tests" / "data",
            env={**os.environ, "PYTHONPATH": os.pathsep.join([*path, str(ROOT / "python")]), "OMP_NUM_THREADS": "2", **environment},
        )
        self._workers: list[ForkedWorker] = []

    def __enter__(self) -> ForkServerProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for worker in self._workers:
            worker.close()
        self._process.kill()
        self._process.wait(TIMEOUT_SECONDS)
        for pipe in (self._process.stdin, self._process.stderr):
            assert pipe
            pipe.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def order(self, members: Mapping[str, object]) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(members).encode() + b"\n")
        self._process.stdin.flush()

    def fork(self, *options: str, **environment: str | None) -> ForkedWorker:
        worker = ForkedWorker(self, options, environment)
        self._workers.append(worker)
        return worker

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(TIMEOUT_SECONDS)

    def close_stdin(self) -> int:
        """Its exit code."""
        assert self._process.stdin
        self._process.stdin.close()
        return self._process.wait(TIMEOUT_SECONDS)

    def last_words(self) -> str:
        assert self._process.stderr
        self._process.wait(TIMEOUT_SECONDS)
        return self._process.stderr.read().decode()

"""A real ``python -m akidb_worker`` at the other end of two pipes."""

from __future__ import annotations

import contextlib
import os
import select
import struct
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import msgpack
from reference_answers import ROOT

TIMEOUT_SECONDS = 60.0


class WorkerProcess:
    """Speaks frames with plain msgpack, independently of the worker's own code. Every wait has a deadline."""

    def __init__(self, *options: str, before_path: Path | None = None, **environment: str) -> None:
        path = [str(before_path)] if before_path else []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "akidb_worker", *options],
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
        self._buffer = b""

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

    def send(self, type: str, **members: Any) -> None:
        body = msgpack.packb({"type": type, **members})
        self.send_bytes(struct.pack("<I", len(body)) + body)

    def send_bytes(self, content: bytes) -> None:
        assert self._process.stdin
        self._process.stdin.write(content)
        self._process.stdin.flush()

    def send_texts(self, id: int, texts: list[list[int]], timeout_ms: int = 600_000) -> None:
        lengths = struct.pack(f"<{len(texts)}i", *map(len, texts))
        ids = [token for text in texts for token in text]
        self.send("embed", id=id, timeout_ms=timeout_ms, lengths=lengths, ids=struct.pack(f"<{len(ids)}i", *ids))

    def close_stdin(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()

    def receive(self, *types: str) -> dict[str, Any]:
        """The next message; of these types, where any are given."""
        (length,) = struct.unpack("<I", self._read(4))
        message: dict[str, Any] = msgpack.unpackb(self._read(length))
        assert not types or message["type"] in types, message
        return message

    def load(self, members: dict[str, Any]) -> dict[str, Any]:
        """Sends the load and returns its answer."""
        self.send(**members)
        while (message := self.receive("progress", "ready", "error"))["type"] == "progress":
            assert message["id"] == members["id"]
        return message

    def exit_code(self) -> int:
        return self._process.wait(TIMEOUT_SECONDS)

    def stderr(self) -> str:
        assert self._process.stderr
        self._process.wait(TIMEOUT_SECONDS)
        return self._process.stderr.read().decode()

    def rest_of_stdout(self) -> bytes:
        rest = self._buffer
        while chunk := self._chunk(time.monotonic() + TIMEOUT_SECONDS):
            rest += chunk
        return rest

    def _read(self, count: int) -> bytes:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while len(self._buffer) < count:
            chunk = self._chunk(deadline)
            assert chunk, f"the worker ended its output; exit code {self._process.poll()}"
            self._buffer += chunk
        content, self._buffer = self._buffer[:count], self._buffer[count:]
        return content

    def _chunk(self, deadline: float) -> bytes:
        assert self._process.stdout
        descriptor = self._process.stdout.fileno()
        readable, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
        assert readable, "the worker said nothing for too long"
        return os.read(descriptor, 1 << 20)

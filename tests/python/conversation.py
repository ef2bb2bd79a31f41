"""The host's end of two pipes to a worker, spoken with plain msgpack, independently of the worker's own code."""

from __future__ import annotations

import os
import select
import struct
import time
from typing import Any

import msgpack

TIMEOUT_SECONDS = 60.0


class Conversation:
    """Frames over two descriptors. Every wait has a deadline."""

    timeout_seconds = TIMEOUT_SECONDS

    def __init__(self, to_worker: int, from_worker: int) -> None:
        self._to_worker = to_worker
        self._from_worker = from_worker
        self._buffer = b""

    def send(self, type: str, **members: Any) -> None:
        body = msgpack.packb({"type": type, **members})
        self.send_bytes(struct.pack("<I", len(body)) + body)

    def send_bytes(self, content: bytes) -> None:
        while content:
            content = content[os.write(self._to_worker, content) :]

    def send_texts(self, id: int, texts: list[list[int]], timeout_ms: int = 600_000) -> None:
        lengths = struct.pack(f"<{len(texts)}i", *map(len, texts))
        ids = [token for text in texts for token in text]
        self.send("embed", id=id, timeout_ms=timeout_ms, lengths=lengths, ids=struct.pack(f"<{len(ids)}i", *ids))

    def receive(self, *types: str) -> dict[str, Any]:
        """The next message; of these types, where any are given."""
        message: dict[str, Any] = msgpack.unpackb(self.receive_body())
        assert not types or message["type"] in types, message
        return message

    def receive_body(self) -> bytes:
        (length,) = struct.unpack("<I", self.receive_bytes(4))
        return self.receive_bytes(length)

    def load(self, members: dict[str, Any]) -> dict[str, Any]:
        """Sends the load and returns its answer."""
        self.send(**members)
        while (message := self.receive("progress", "ready", "error"))["type"] == "progress":
            assert message["id"] == members["id"]
        return message

    def says_something(self, seconds: float) -> bool:
        return bool(self._buffer) or bool(select.select([self._from_worker], [], [], seconds)[0])

    def rest_of_stdout(self) -> bytes:
        rest = self._buffer
        while chunk := self._chunk(time.monotonic() + self.timeout_seconds):
            rest += chunk
        return rest

    def receive_bytes(self, count: int) -> bytes:
        deadline = time.monotonic() + self.timeout_seconds
        while len(self._buffer) < count:
            chunk = self._chunk(deadline)
            assert chunk, "the worker ended its output"
            self._buffer += chunk
        content, self._buffer = self._buffer[:count], self._buffer[count:]
        return content

    def _chunk(self, deadline: float) -> bytes:
        readable, _, _ = select.select([self._from_worker], [], [], max(0.0, deadline - time.monotonic()))
        assert readable, "the worker said nothing for too long"
        return os.read(self._from_worker, 1 << 20)

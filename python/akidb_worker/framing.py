"""Frames over file descriptors: a 4-byte little-endian length and that many bytes."""

from __future__ import annotations

import io
import os
import threading

DEFAULT_MAX_FRAME_BYTES = 64 << 20

# A small frame arrives with one system call.
_BUFFER_BYTES = 1 << 16

_KEPT_BUFFER_BYTES = 1 << 20

# Copying so little costs less than a second system call.
_JOINED_BYTES = 1 << 16


class FrameError(Exception):
    """The stream cannot be read on: an impossible length, or an end inside a frame."""


class FrameReader:
    """Reads one frame at a time. The returned view is valid until the next call."""

    def __init__(self, descriptor: int, max_frame_bytes: int = DEFAULT_MAX_FRAME_BYTES) -> None:
        self._stream = io.BufferedReader(io.FileIO(descriptor, "rb", closefd=False), _BUFFER_BYTES)
        self._max_frame_bytes = max_frame_bytes
        self._length = memoryview(bytearray(4))
        self._kept = memoryview(bytearray(_KEPT_BUFFER_BYTES))

    def read(self) -> memoryview | None:
        """The next frame's body, or None when the stream ended between two frames."""
        received = self._fill(self._length)
        if received == 0:
            return None
        if received < 4:
            raise FrameError(f"The stream ended inside a frame's length, after {received} of 4 bytes.")
        length = int.from_bytes(self._length, "little")
        if not 0 < length <= self._max_frame_bytes:
            raise FrameError(f"A frame of {length} bytes is outside the limits: 1 to {self._max_frame_bytes}.")
        body = self._kept[:length] if length <= len(self._kept) else memoryview(bytearray(length))
        received = self._fill(body)
        if received < length:
            raise FrameError(f"The stream ended inside a frame, after {received} of {length} bytes.")
        return body

    def _fill(self, view: memoryview) -> int:
        # A buffered stream returns less than was asked for only at its end.
        return self._stream.readinto(view)


class FrameWriter:
    """Writes whole frames; any thread may call it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def write(self, head: bytes, tail: memoryview) -> None:
        """Writes one frame whose body is head and then tail; a large tail is not copied."""
        length = (len(head) + tail.nbytes).to_bytes(4, "little")
        with self._lock:
            if tail.nbytes > _JOINED_BYTES:
                self._write_all(length + head)
                self._write_all(tail)
            else:
                self._write_all(b"".join((length, head, tail)))

    def _write_all(self, content: bytes | memoryview) -> None:
        written = os.write(self._descriptor, content)
        while written < len(content):
            content = memoryview(content)[written:]
            written = os.write(self._descriptor, content)

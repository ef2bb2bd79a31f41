"""Frames over file descriptors: a 4-byte little-endian length and that many bytes."""

from __future__ import annotations

import io
import os
import threading

DEFAULT_MAX_FRAME_BYTES = 64 << 20

_KEPT_BUFFER_BYTES = 1 << 20


class FrameError(Exception):
    """The stream cannot be read on: an impossible length, or an end inside a frame."""


class FrameReader:
    """Reads one frame at a time. The returned view is valid until the next call."""

    def __init__(self, descriptor: int, max_frame_bytes: int = DEFAULT_MAX_FRAME_BYTES) -> None:
        self._stream = io.FileIO(descriptor, "rb", closefd=False)
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
        filled = 0
        while filled < len(view):
            count = self._stream.readinto(view[filled:])
            if not count:
                break
            filled += count
        return filled


class FrameWriter:
    """Writes whole frames; any thread may call it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def write(self, head: bytes, tail: memoryview) -> None:
        """Writes one frame whose body is head and then tail, without joining them."""
        length = (len(head) + tail.nbytes).to_bytes(4, "little")
        with self._lock:
            _write_all(self._descriptor, [memoryview(length + head), tail])


def _write_all(descriptor: int, pieces: list[memoryview]) -> None:
    pieces = [piece for piece in pieces if piece.nbytes]
    while pieces:
        written = os.writev(descriptor, pieces) if hasattr(os, "writev") else os.write(descriptor, pieces[0])
        while pieces and written >= pieces[0].nbytes:
            written -= pieces[0].nbytes
            del pieces[0]
        if written:
            pieces[0] = pieces[0][written:]

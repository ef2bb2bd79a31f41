"""Frames that lie, break off and come in the wrong order, as the armed faults say. Only rows are changed."""

from __future__ import annotations

import os
import threading
from typing import Any

import msgpack

from akidb_worker.faults import Faults
from akidb_worker.framing import FrameWriter

_HELD_SECONDS = 0.2
_OTHER_ID = 1_000_000_000
_NAN = b"\x00\x00\xc0\x7f"


class FaultyWriter(FrameWriter):
    """Counts the frames of rows: ``after=N`` is true for every one after the first N."""

    def __init__(self, descriptor: int, faults: Faults) -> None:
        super().__init__(descriptor)
        self._frames = descriptor
        self._faults = faults
        self._rows = 0
        self._order = threading.RLock()
        self._held: bytes | None = None

    def write(self, head: bytes, tail: memoryview) -> None:
        message: dict[str, Any] = msgpack.unpackb(head + bytes(tail))
        if message["type"] != "rows":
            super().write(head, tail)
            return
        with self._order:
            body = self._falsify(message)
            self._rows += 1
            if not self._faults.answer_out_of_order:
                self._write_body(body)
            elif self._held is None:
                self._held = body
                threading.Timer(_HELD_SECONDS, self._let_go).start()
            else:
                self._write_body(body)
                self._let_go()

    def _falsify(self, message: dict[str, Any]) -> bytes:
        faults, data = self._faults, message["data"]
        if self._is_after(faults.nan_after):
            message["data"] = data[: -len(_NAN)] + _NAN
        if self._is_after(faults.wrong_dimension_after):
            message["dimension"] = message["dimension"] // 2
            message["data"] = data[: len(data) // 2]
        if self._is_after(faults.wrong_id_after):
            message["id"] = message["id"] + _OTHER_ID
        body: bytes = msgpack.packb(message)
        if self._is_after(faults.truncate_frame_after):
            os.write(self._frames, len(body).to_bytes(4, "little") + body[: len(body) // 2])
            os._exit(1)
        if self._is_after(faults.corrupt_length_after):
            os.write(self._frames, b"\xff\xff\xff\xff" + body)
        return body

    def _is_after(self, count: int | None) -> bool:
        return count is not None and self._rows >= count

    def _let_go(self) -> None:
        with self._order:
            held, self._held = self._held, None
            if held is not None:
                self._write_body(held)

    def _write_body(self, body: bytes) -> None:
        for _ in range(2 if self._faults.answer_twice else 1):
            super().write(body, memoryview(b""))

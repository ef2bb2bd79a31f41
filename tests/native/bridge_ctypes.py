"""The library through ctypes: embeds the texts on standard input as reference.c does, and tries what a Python program runs into.

python bridge_ctypes.py LIBRARY CONFIGURATION
"""

from __future__ import annotations

import ctypes
import json
import signal
import struct
import sys
import threading
from typing import Any

OK, BAD_INPUT, BAD_CONFIGURATION, INVALID_HANDLE = 0, 1, 32, 34


class Error(ctypes.Structure):
    """akidb_bridge_error."""

    _fields_ = [
        ("status", ctypes.c_int32),
        ("input_index", ctypes.c_int32),
        ("retry_after_ms", ctypes.c_int64),
        ("message", ctypes.c_char * 4096),
    ]


class Request(ctypes.Structure):
    """akidb_bridge_request."""

    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("texts", ctypes.POINTER(ctypes.c_char_p)),
        ("lengths", ctypes.POINTER(ctypes.c_size_t)),
        ("count", ctypes.c_size_t),
        ("model", ctypes.c_char_p),
        ("prompt", ctypes.c_char_p),
        ("prompt_name", ctypes.c_char_p),
        ("pooling", ctypes.c_char_p),
        ("space", ctypes.c_char_p),
        ("caller", ctypes.c_char_p),
        ("timeout_ms", ctypes.c_int64),
        ("dimensions", ctypes.c_int32),
        ("normalize", ctypes.c_int32),
        ("truncate", ctypes.c_int32),
        ("fallback", ctypes.c_int32),
        ("priority", ctypes.c_int32),
        ("reserved", ctypes.c_int32),
    ]


class Result(ctypes.Structure):
    """akidb_bridge_result."""

    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("values", ctypes.POINTER(ctypes.c_float)),
        ("count", ctypes.c_size_t),
        ("dimensions", ctypes.c_size_t),
        ("total_tokens", ctypes.c_int64),
        ("truncated", ctypes.POINTER(ctypes.c_uint8)),
        ("model", ctypes.c_char_p),
        ("space", ctypes.c_char_p),
        ("served_by", ctypes.c_char_p),
        ("degraded", ctypes.c_int32),
        ("reserved", ctypes.c_int32),
        ("compute_ms", ctypes.c_double),
        ("duration_ms", ctypes.c_double),
    ]


Ended = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int32, ctypes.c_uint64, ctypes.POINTER(Error))


def load(path: str) -> Any:
    """The library, with the functions that are called here declared."""
    library = ctypes.CDLL(path)
    number, handle, error = ctypes.c_uint64, ctypes.POINTER(ctypes.c_uint64), ctypes.POINTER(Error)
    library.akidb_bridge_create.argtypes = [ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p, handle, error]
    library.akidb_bridge_embed.argtypes = [number, ctypes.POINTER(Request), handle, error]
    library.akidb_bridge_embed_async.argtypes = [number, ctypes.POINTER(Request), Ended, ctypes.c_void_p, handle, error]
    library.akidb_bridge_view.argtypes = [number, ctypes.POINTER(Result)]
    library.akidb_bridge_release.argtypes = [number]
    library.akidb_bridge_status.argtypes = [number, handle, error]
    library.akidb_bridge_text_view.argtypes = [number, ctypes.POINTER(ctypes.c_char_p), ctypes.POINTER(ctypes.c_size_t)]
    library.akidb_bridge_destroy.argtypes = [number, error]
    library.akidb_bridge_version.restype = ctypes.c_char_p
    return library


def request_for(text: bytes) -> Request:
    """One text, with its length."""
    return Request(struct_size=ctypes.sizeof(Request), texts=(ctypes.c_char_p * 1)(text), lengths=(ctypes.c_size_t * 1)(len(text)), count=1)


def vectors_of(library: Any, vectors: int) -> bytes:
    """The bytes of a result, which is released."""
    view = Result(struct_size=ctypes.sizeof(Result))
    assert library.akidb_bridge_view(vectors, view) == OK
    assert b"dim=" in view.space and view.count == 1 and view.total_tokens >= 2
    values = ctypes.string_at(view.values, view.count * view.dimensions * 4)
    assert library.akidb_bridge_release(vectors) == OK
    return values


def main() -> None:
    """Reads, embeds and writes."""
    library = load(sys.argv[1])
    assert library.akidb_bridge_version().count(b".") == 2
    bridge, vectors, error = ctypes.c_uint64(), ctypes.c_uint64(), Error()
    assert library.akidb_bridge_create(b'{"Modl": 1}', None, None, bridge, error) == BAD_CONFIGURATION
    assert b"Did you mean Model?" in error.message
    before = {number: signal.getsignal(number) for number in signal.valid_signals()}
    assert library.akidb_bridge_create(sys.argv[2].encode(), None, None, bridge, error) == OK, error.message

    ended = threading.Event()
    answers: list[tuple[int, int]] = []

    @Ended
    def on_end(_data: int, status: int, result: int, _error: Any) -> None:
        answers.append((status, result))
        ended.set()

    while header := sys.stdin.buffer.read(4):
        text = sys.stdin.buffer.read(struct.unpack("<I", header)[0])
        if len(text) % 2 == 0:
            ended.clear()
            assert library.akidb_bridge_embed_async(bridge, request_for(text), on_end, None, None, error) == OK, error.message
            assert ended.wait(60)
            status, handle = answers.pop()
            assert status == OK
        else:
            assert library.akidb_bridge_embed(bridge, request_for(text), vectors, error) == OK, error.message
            handle = vectors.value
        sys.stdout.buffer.write(vectors_of(library, handle))

    assert library.akidb_bridge_embed(bridge, request_for(b"\xff"), vectors, error) == BAD_INPUT
    assert error.input_index == 0
    status_text, data = ctypes.c_uint64(), ctypes.c_char_p()
    assert library.akidb_bridge_status(bridge, status_text, error) == OK
    assert library.akidb_bridge_text_view(status_text, data, None) == OK
    assert json.loads(data.value or b"")["state"] in ("ready", "degraded")
    assert library.akidb_bridge_release(status_text) == OK
    assert library.akidb_bridge_destroy(bridge, error) == OK
    assert library.akidb_bridge_destroy(bridge, error) == INVALID_HANDLE
    assert before == {number: signal.getsignal(number) for number in signal.valid_signals()}


if __name__ == "__main__":
    main()

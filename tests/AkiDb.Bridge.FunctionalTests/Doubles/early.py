"""Misbehaviours before the first embedding: none of these needs torch, but those that go on as the real worker."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import msgpack

import tampering
from akidb_worker.standard_streams import take_standard_streams

_HELLO = {"type": "hello", "protocol_min": 1, "protocol_max": 1, "worker_version": "double", "pid": os.getpid(), "python": "3", "libraries": {}}


def _frame(message: dict[str, object]) -> bytes:
    body: bytes = msgpack.packb(message)
    return len(body).to_bytes(4, "little") + body


def _say(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


def _hang() -> None:
    while True:
        time.sleep(3600)


def _kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _read_frame() -> None:
    length = int.from_bytes(sys.stdin.buffer.read(4), "little")
    sys.stdin.buffer.read(length)


def dies_at_once(folder: pathlib.Path) -> None:
    _kill_self()


def dies_after_hello(folder: pathlib.Path) -> None:
    _say(_frame(_HELLO))
    _kill_self()


def dies_while_loading(folder: pathlib.Path) -> None:
    _say(_frame(_HELLO))
    _read_frame()
    _say(_frame({"type": "progress", "id": 1, "stage": "weights", "fraction": 0.5}))
    _kill_self()


def never_hello(folder: pathlib.Path) -> None:
    _hang()


def another_protocol(folder: pathlib.Path) -> None:
    _say(_frame(_HELLO | {"protocol_min": 7, "protocol_max": 9}))
    _hang()


def prints_before_hello(folder: pathlib.Path) -> None:
    _say(b"Welcome to a library that prints a banner.\n")
    _say(_frame(_HELLO))
    _hang()


def garbage(folder: pathlib.Path) -> None:
    # A plausible length, then bytes that are no MessagePack.
    _say((300).to_bytes(4, "little") + bytes(0xC1 for _ in range(300)))
    _hang()


def giant_length(folder: pathlib.Path) -> None:
    _say(b"\xff\xff\xff\xff")
    _hang()


def half_frame_then_exit(folder: pathlib.Path) -> None:
    hello = _frame(_HELLO)
    _say(hello[: len(hello) // 2])


def half_frame_then_hang(folder: pathlib.Path) -> None:
    half_frame_then_exit(folder)
    _hang()


def floods_stderr(folder: pathlib.Path) -> None:
    line = b"WARNING flood " + b"x" * 1000 + b"\n"
    for _ in range(10 * 1024):
        os.write(2, line)
    os.write(2, b"y" * 1024 * 1024 + b"\n")
    tampering.run(tampering.honest)


def floods_stderr_for_ever(folder: pathlib.Path) -> None:
    line = b"\x1b[2J\rfail: forged[0] " + b"x" * 1000 + b"\n"

    def flood() -> None:
        while not (folder / "go").exists():
            time.sleep(0.01)
        while True:
            os.write(2, line * 60)

    threading.Thread(target=flood, daemon=True).start()
    tampering.run(tampering.honest)


def prints_after_taking_streams(folder: pathlib.Path) -> None:
    frames = take_standard_streams()
    print("a library prints", flush=True)
    os.write(1, b"a native library prints\n")
    subprocess.run(["echo", "a child prints"], check=True)
    tampering.run(tampering.honest, frames)

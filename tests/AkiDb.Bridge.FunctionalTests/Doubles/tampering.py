"""The real worker, with its words changed on their way to the host.

A misbehaviour gets a message as a map and returns the messages, or raw bytes, that are sent in its place.
"""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from typing import Union

import msgpack
import numpy as np
import numpy.typing as npt

from akidb_worker import process
from akidb_worker.framing import FrameWriter
from akidb_worker.standard_streams import take_standard_streams

Message = dict[str, object]
Rows = npt.NDArray[np.float32]
Tamper = Callable[[Message], Iterable[Union[Message, bytes]]]

_FOLDER = pathlib.Path(os.environ["AKIDB_DOUBLE_FOLDER"])
_LOST: list[object] = []
_BEFORE: list[Rows] = []


def run(tamper: Tamper, frames: tuple[int, int] | None = None) -> None:
    """Runs the worker; everything it says goes through ``tamper``."""

    class Writer(FrameWriter):
        def write(self, head: bytes, tail: memoryview) -> None:
            for message in tamper(msgpack.unpackb(head + bytes(tail), raw=False)):
                if isinstance(message, bytes):
                    os.write(frames_out, message)
                else:
                    super().write(msgpack.packb(message), memoryview(b""))

    frames_in, frames_out = frames or take_standard_streams()
    os.environ["AKIDB_DOUBLE_FRAMES_OUT"] = str(frames_out)
    process.FrameWriter = Writer  # type: ignore[misc]
    process.run(frames_in, frames_out)


def _spoils(message: Message) -> bool:
    """Rows, once the test has said so: the parity probe has passed by then."""
    return message["type"] == "rows" and (_FOLDER / "go").exists()


def _is_first(what: str) -> bool:
    """True once in a test, whatever worker asks."""
    marker = _FOLDER / f"{what}.done"
    if marker.exists():
        return False
    marker.touch()
    return True


def _with_rows(message: Message, change: Callable[[Rows], Rows]) -> Message:
    if not _spoils(message):
        return message
    rows = np.frombuffer(message["data"], dtype="<f4").reshape(message["count"], message["dimension"])  # type: ignore[arg-type]
    return message | {"data": change(rows).astype("<f4").tobytes()}


def honest(message: Message) -> Iterable[Message]:
    yield message


def wrong_id(message: Message) -> Iterable[Message]:
    yield message | {"id": 10_000_000} if _spoils(message) else message


def wrong_id_once(message: Message) -> Iterable[Message]:
    yield message | {"id": 10_000_000} if _spoils(message) and _is_first("wrong_id") else message


def refuses_once(message: Message) -> Iterable[Message]:
    if _spoils(message) and _is_first("refused"):
        message = {
            "type": "error", "id": message["id"], "kind": "overloaded", "message": "The queue is full.", "retryable": True, "input": None,
        }  # fmt: skip
    yield message


def loses_batches(message: Message) -> Iterable[Message]:
    if not _spoils(message):
        yield message


def claims_to_compute(message: Message) -> Iterable[Message]:
    """Never answers, and says that it computes the batch and makes progress."""
    if _spoils(message):
        _LOST.append(message["id"])
    elif message["type"] == "pong" and _LOST:
        yield message | {"running": _LOST[0], "running_ms": 10, "progress_ms": 0, "queued": 50}
    else:
        yield message


def floods_unknown_ids(message: Message) -> Iterable[Message]:
    yield message
    if _spoils(message):
        for number in range(200_000):
            yield {"type": "error", "id": 10_000_000 + number, "kind": "internal", "message": "x" * 300, "retryable": True, "input": None}


def noise(message: Message) -> Iterable[Message]:
    """Rows of the right shape and length that mean nothing."""
    yield _with_rows(message, lambda rows: np.random.default_rng().standard_normal(rows.shape, dtype=np.float32) / 3)


def negates(message: Message) -> Iterable[Message]:
    yield _with_rows(message, lambda rows: -rows)


def rotates(message: Message) -> Iterable[Message]:
    """Each text gets the row of the next one."""
    yield _with_rows(message, lambda rows: np.roll(rows, 1, axis=0))


def previous_rows(message: Message) -> Iterable[Message]:
    """The rows of the batch before, again and again where they are too few: a row of its own would let the known text pass."""

    def replace(rows: Rows) -> Rows:
        before = _BEFORE[-1] if _BEFORE else rows
        _BEFORE.append(rows.copy())
        return np.resize(before, rows.shape)

    yield _with_rows(message, replace)


def zeros(message: Message) -> Iterable[Message]:
    yield _with_rows(message, np.zeros_like)


def too_large(message: Message) -> Iterable[Message]:
    yield _with_rows(message, lambda rows: rows * 1e6)


def one_not_a_number(message: Message) -> Iterable[Message]:
    if _spoils(message) and _is_first("nan"):
        message = message | {"data": b"\x00\x00\xc0\x7f" + message["data"][4:]}  # type: ignore[index]
    yield message


def answers_twice(message: Message) -> Iterable[Message]:
    yield message
    if _spoils(message):
        yield message | {"data": bytes(len(message["data"]))}  # type: ignore[arg-type]


def other_model(message: Message) -> Iterable[Message]:
    if message["type"] == "rows":
        # Each row's values in another order: a plausible vector of the right length that means something else.
        size = 4 * message["dimension"]  # type: ignore[operator]
        rows = message["data"]
        message = message | {"data": b"".join(rows[at + 64 : at + size] + rows[at : at + 64] for at in range(0, len(rows), size))}  # type: ignore
    yield message


def not_a_number(message: Message) -> Iterable[Message]:
    if _spoils(message):
        message = message | {"data": message["data"][:-4] + b"\x00\x00\xc0\x7f"}  # type: ignore[index]
    yield message


def ready_with_wrong_dimension(message: Message) -> Iterable[Message]:
    yield message | {"dimension": 12} if message["type"] == "ready" else message


def rows_with_wrong_dimension(message: Message) -> Iterable[Message]:
    if _spoils(message):
        message = message | {"dimension": message["dimension"] // 2, "data": message["data"][::2]}  # type: ignore
    yield message


def half_rows_then_exit(message: Message) -> Iterable[Union[Message, bytes]]:
    if _spoils(message):
        body: bytes = msgpack.packb(message)
        yield len(body).to_bytes(4, "little") + body[: len(body) // 2]
        os.kill(os.getpid(), signal.SIGKILL)
    yield message


def half_rows_then_hang(message: Message) -> Iterable[Union[Message, bytes]]:
    if _spoils(message):
        body: bytes = msgpack.packb(message)
        yield len(body).to_bytes(4, "little") + body[: len(body) // 2]
        # In the middle of a frame nothing else can be said, pongs included.
        time.sleep(3600)
    yield message


def unstoppable(message: Message) -> Iterable[Message]:
    if message["type"] == "hello":
        process.on_termination = lambda action: signal.signal(signal.SIGTERM, signal.SIG_IGN)  # type: ignore
        sys.modules["akidb_worker.worker"].exit_now = lambda code: _sleep_forever()  # type: ignore
        process.exit_now = lambda code: _sleep_forever()  # type: ignore
    yield message


def _sleep_forever() -> None:
    while True:
        time.sleep(3600)


def grandchild(message: Message) -> Iterable[Message]:
    if message["type"] == "hello":
        # A careless library's helper process: it outlives the worker and keeps the pipe of frames open.
        child = subprocess.Popen(["sleep", "60"], stdout=int(os.environ["AKIDB_DOUBLE_FRAMES_OUT"]))
        (_FOLDER / "grandchild.pid").write_text(str(child.pid))
    yield message


def foreign_pid(message: Message) -> Iterable[Message]:
    yield message | {"pid": int((_FOLDER / "words").read_text())} if message["type"] == "hello" else message

"""Frames over real pipes."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest
from akidb_worker.framing import FrameError, FrameReader, FrameWriter


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    yield read, write
    os.close(read)


def reader_of(pipe: tuple[int, int], content: bytes, limit: int = 1 << 20) -> FrameReader:
    os.write(pipe[1], content)
    os.close(pipe[1])
    return FrameReader(pipe[0], limit)


def test_frames_are_read_one_after_the_other_until_the_end(pipe: tuple[int, int]) -> None:
    reader = reader_of(pipe, b"\x03\0\0\0abc\x01\0\0\0d")
    assert bytes(reader.read() or b"") == b"abc"
    assert bytes(reader.read() or b"") == b"d"
    assert reader.read() is None


@pytest.mark.parametrize("content", [b"\0\0\0\0", b"\x05\0\0\0abcde", b"\xff\xff\xff\xff"])
def test_length_outside_the_limits_is_refused(pipe: tuple[int, int], content: bytes) -> None:
    with pytest.raises(FrameError, match="1 to 4"):
        reader_of(pipe, content, limit=4).read()


@pytest.mark.parametrize("content", [b"\x03", b"\x03\0\0\0", b"\x03\0\0\0ab"])
def test_end_inside_a_frame_is_an_error(pipe: tuple[int, int], content: bytes) -> None:
    with pytest.raises(FrameError, match="ended inside"):
        reader_of(pipe, content).read()


def test_large_frame_survives_partial_writes_and_reads(pipe: tuple[int, int]) -> None:
    head, tail = b"head", os.urandom(3 << 20)

    def write() -> None:
        FrameWriter(pipe[1]).write(head, memoryview(tail))
        os.close(pipe[1])

    thread = threading.Thread(target=write)
    thread.start()
    reader = FrameReader(pipe[0])
    body = reader.read()
    thread.join()
    assert body is not None
    assert bytes(body) == head + tail
    assert reader.read() is None

"""Threads that compute the parts of a batch: all end before the answer, and what they were told of their number is theirs alone."""

from __future__ import annotations

import ctypes
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from akidb_worker.blas_threads import BlasThreads
from akidb_worker.computing_stack import blas_file
from akidb_worker.side_by_side import SideBySide

# A test whose threads never meet fails instead of waiting for ever.
SECONDS = 30.0

Moved = Callable[[], None]


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads(), openblas_threads()
    torch.set_num_threads(2)
    set_openblas_threads(2)
    yield
    torch.set_num_threads(before[0])
    set_openblas_threads(before[1])


@pytest.fixture
def threads(two_threads: None) -> Iterator[SideBySide]:
    started = SideBySide.on(torch.device("cpu"))
    if started is None:
        pytest.skip("the BLAS of this torch cannot be told how many threads to take")
    yield started
    started.close()


def parts() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("part-")]


def openblas_threads() -> int | None:
    file = blas_file()
    try:
        return int(ctypes.CDLL(file).openblas_get_num_threads())
    except (AttributeError, OSError, TypeError):
        return None


def set_openblas_threads(count: int | None) -> None:
    if count is not None and openblas_threads() is not None:
        ctypes.CDLL(blas_file()).openblas_set_num_threads(count)


def ignore() -> None:
    pass


def test_works_are_done_at_the_same_time_each_with_one_thread(threads: SideBySide) -> None:
    meet = threading.Barrier(2)
    seen: list[tuple[int, int | None]] = []

    def work(moved: Moved) -> None:
        meet.wait(SECONDS)
        seen.append((torch.get_num_threads(), openblas_threads()))
        meet.wait(SECONDS)

    before = openblas_threads()
    threads.run([work, work], ignore)
    assert seen == [(1, None if before is None else 1)] * 2


def test_numbers_of_threads_are_as_before_once_the_works_have_ended(threads: SideBySide) -> None:
    before = torch.get_num_threads(), openblas_threads()
    assert before[1] in (2, None)

    def fail(moved: Moved) -> None:
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        threads.run([fail, fail], ignore)
    threads.run([lambda moved: None], ignore)
    of_new_thread: list[int] = []
    new_thread = threading.Thread(target=lambda: of_new_thread.append(torch.get_num_threads()))
    new_thread.start()
    new_thread.join(SECONDS)
    assert (torch.get_num_threads(), openblas_threads()) == before
    assert of_new_thread == [2]


def test_first_failure_is_raised_when_all_works_have_stopped(threads: SideBySide) -> None:
    failing, ended = threading.Event(), threading.Event()

    def fail(moved: Moved) -> None:
        failing.set()
        raise MemoryError("no room")

    def go_on(moved: Moved) -> None:
        assert failing.wait(SECONDS)
        try:
            while True:
                moved()
        finally:
            ended.set()

    with pytest.raises(MemoryError, match="no room"):
        threads.run([go_on, fail], ignore)
    assert ended.is_set()
    done: list[int] = []
    threads.run([lambda moved: done.append(1), lambda moved: done.append(2)], ignore)
    assert sorted(done) == [1, 2]


def test_step_that_raises_stops_every_work(threads: SideBySide) -> None:
    def cancelled() -> None:
        raise InterruptedError("cancelled")

    def work(moved: Moved) -> None:
        while True:
            moved()

    with pytest.raises(InterruptedError, match="cancelled"):
        threads.run([work, work], cancelled)


class Activations:
    """What a computation holds."""


@pytest.mark.parametrize("fails", [True, False])
def test_nothing_of_the_works_is_kept_when_they_have_ended(threads: SideBySide, fails: bool) -> None:
    held: list[weakref.ref[Activations]] = []

    def work(kept: Activations, moved: Moved) -> None:
        held.append(weakref.ref(kept))
        if fails:
            raise ValueError("wrong")

    def run() -> None:
        kept: Any = Activations(), Activations()
        works = [lambda moved, each=each: work(each, moved) for each in kept]
        if fails:
            with pytest.raises(ValueError):
                threads.run(works, ignore)
        else:
            threads.run(works, ignore)

    run()
    # The threads say that a work has ended before they let go of it.
    deadline = time.monotonic() + SECONDS
    while any(reference() for reference in held) and time.monotonic() < deadline:
        time.sleep(0.001)
    assert [reference() for reference in held] == [None] * 2


def test_what_one_thread_does_alone_is_returned(threads: SideBySide) -> None:
    assert threads.alone(torch.get_num_threads) == 1


def test_closing_ends_all_threads(two_threads: None) -> None:
    threads = SideBySide(3, BlasThreads(None))
    assert len(parts()) == 3
    threads.close()
    assert parts() == []


def test_there_are_none_where_threads_cannot_be_told_to_compute_alone(two_threads: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BlasThreads, "take_one", lambda blas: False)
    assert SideBySide.on(torch.device("cpu")) is None
    assert parts() == []


def test_library_whose_products_start_threads_is_found_out(threads: SideBySide, monkeypatch: pytest.MonkeyPatch) -> None:
    product, started = torch.mm, threading.Event()

    def parallel(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        threading.Thread(target=started.wait, args=(SECONDS,), daemon=True).start()
        return product(x, y)

    unknown = BlasThreads(None)
    assert threads.alone(unknown.take_one)
    monkeypatch.setattr(torch, "mm", parallel)
    assert not threads.alone(unknown.take_one)
    started.set()


@pytest.mark.parametrize(("device", "count"), [("cpu", 1), ("meta", 2)])
def test_there_are_none_for_one_thread_or_for_another_device(device: str, count: int) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        assert SideBySide.on(torch.device(device)) is None
    finally:
        torch.set_num_threads(before)

"""A worker that is started while others serve steps back until it is ready."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from akidb_worker import throttled_warm_up
from akidb_worker.background import Throttle, in_background
from akidb_worker.embedder import Embedder, Floats, Ints
from akidb_worker.throttled_warm_up import ThrottledWarmUp
from conversation import TIMEOUT_SECONDS
from reference_answers import load_members
from worker_process import WorkerProcess, fake_library

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only on Linux a thread has a priority of its own")


def priorities(pid: int) -> set[int]:
    found = set()
    for thread in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(ProcessLookupError):
            found.add(os.getpriority(os.PRIO_PROCESS, int(thread)))
    return found


def comes_to(worker: WorkerProcess, pid: int, wanted: set[int]) -> bool:
    """A thread that is done is seen for a moment longer."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while priorities(pid) != wanted and time.monotonic() < deadline:
        worker.send("ping", id=1)
        worker.receive("pong")
    return priorities(pid) == wanted


@pytest.mark.parametrize(("options", "lower_by"), [(["--background"], 10), ([], 0)])
def test_import_of_torch_runs_at_low_priority_only_in_the_background(tmp_path: Path, options: list[str], lower_by: int) -> None:
    source = "import os\nraise ImportError(f'at {os.getpriority(os.PRIO_PROCESS, 0)}')"
    with WorkerProcess(*options, before_path=fake_library(tmp_path, "torch", source)) as worker:
        pid = worker.receive("hello")["pid"]
        (own,) = priorities(pid)
        assert f"at {own + lower_by}" in worker.load(load_members("tiny-bert-cls", "cls"))["message"]
        assert comes_to(worker, pid, {own})


def test_ready_worker_has_its_priority_back() -> None:
    with WorkerProcess("--background", OMP_NUM_THREADS="2") as worker:
        pid = worker.receive("hello")["pid"]
        own = priorities(pid)
        assert worker.load(load_members("tiny-bert-cls", "cls"))["type"] == "ready"
        worker.send_texts(2, [[1, 2]] * 100)
        worker.receive("rows")
        assert comes_to(worker, pid, own)


class ThreeSteps:
    """Satisfies Embedder. Each step takes a measurable time of the processor."""

    def embed(self, ids: Ints, lengths: Sequence[int], moved: Callable[[], None]) -> Floats:
        for _ in range(3):
            until = time.thread_time() + 0.002
            while time.thread_time() < until:
                pass
            moved()
        return np.zeros((len(lengths), 1), dtype=np.float32)

    def release_memory(self) -> None:
        pass


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


def test_rests_take_a_multiple_of_the_work_between_them_and_only_in_the_background(sleeps: list[float]) -> None:
    for background in (True, False):
        ThreeSteps().embed(np.zeros(1, dtype=np.int32), [1], Throttle(background))
    assert len(sleeps) == 3
    assert min(sleeps) >= 9 * 0.002


def test_rests_together_are_bounded(sleeps: list[float]) -> None:
    throttle = Throttle(background=True, at_most=0.03)
    for _ in range(2):
        ThreeSteps().embed(np.zeros(1, dtype=np.int32), [1], throttle)
    assert 0.029 < sum(sleeps) <= 0.03
    assert len(sleeps) < 6


def test_throttled_worker_pauses_in_its_first_batch_alone(sleeps: list[float]) -> None:
    steps = []
    embedder: Embedder = ThrottledWarmUp(ThreeSteps())
    for expected in (3, 3):
        embedder.embed(np.zeros(1, dtype=np.int32), [1], lambda: steps.append(1))
        assert len(sleeps) == expected
    assert len(steps) == 6


class TokenSums:
    """Satisfies Embedder. The row of a text is the sum of its ids, and how many texts came with it."""

    def embed(self, ids: Ints, lengths: Sequence[int], moved: Callable[[], None]) -> Floats:
        texts = np.split(ids, np.cumsum(lengths)[:-1])
        return np.array([[text.sum(), len(texts)] for text in texts], dtype=np.float32)

    def release_memory(self) -> None:
        pass


def test_throttled_worker_computes_the_texts_of_its_first_batch_one_by_one() -> None:
    embedder: Embedder = ThrottledWarmUp(TokenSums())
    for together in (1, 3):
        rows = embedder.embed(np.arange(1, 7, dtype=np.int32), [1, 3, 2], lambda: None)
        assert rows.tolist() == [[1, together], [9, together], [11, together]]


def test_throttled_worker_computes_the_rest_at_once_when_it_has_paused_enough(sleeps: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttled_warm_up, "MOST_PAUSE_SECONDS", 0.0)
    assert ThrottledWarmUp(TokenSums()).embed(np.arange(1, 4, dtype=np.int32), [1, 2], lambda: None).tolist() == [[1, 2], [5, 2]]
    assert not sleeps


def test_background_work_is_followed_by_a_rest(sleeps: list[float]) -> None:
    in_background(lambda: ThreeSteps().embed(np.zeros(1, dtype=np.int32), [1], lambda: None))
    assert sleeps[0] >= 9 * 0.006

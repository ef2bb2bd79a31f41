"""A worker that is started while others serve steps back until it is ready."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from reference_answers import load_members
from worker_process import WorkerProcess, fake_library

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only on Linux a thread has a priority of its own")


def priorities(pid: int) -> set[int]:
    return {os.getpriority(os.PRIO_PROCESS, int(thread)) for thread in os.listdir(f"/proc/{pid}/task")}


@pytest.mark.parametrize(("options", "lower_by"), [(["--background"], 10), ([], 0)])
def test_import_of_torch_runs_at_low_priority_only_in_the_background(tmp_path: Path, options: list[str], lower_by: int) -> None:
    source = "import os\nraise ImportError(f'at {os.getpriority(os.PRIO_PROCESS, 0)}')"
    with WorkerProcess(*options, before_path=fake_library(tmp_path, "torch", source)) as worker:
        pid = worker.receive("hello")["pid"]
        (own,) = priorities(pid)
        assert f"at {own + lower_by}" in worker.load(load_members("tiny-bert-cls", "cls"))["message"]
        assert priorities(pid) == {own}


def test_ready_worker_has_its_priority_back() -> None:
    with WorkerProcess("--background", OMP_NUM_THREADS="2") as worker:
        pid = worker.receive("hello")["pid"]
        own = priorities(pid)
        assert worker.load(load_members("tiny-bert-cls", "cls"))["type"] == "ready"
        worker.send_texts(2, [[1, 2]] * 100)
        worker.receive("rows")
        assert priorities(pid) == own

"""A worker as the host starts it: without ``site``, behind whatever stands for the interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conversation import TIMEOUT_SECONDS, Conversation
from reference_answers import ROOT, load_members

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such scripts")


class Started(Conversation):
    """What a host starts with this command."""

    def __init__(self, *command: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT / "python",
            env={"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1", **environment},
        )
        assert self.process.stdin and self.process.stdout
        super().__init__(self.process.stdin.fileno(), self.process.stdout.fileno())

    def __enter__(self) -> Started:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.wait(TIMEOUT_SECONDS)
        self.process.stdout.close()


def worker(parent: int) -> list[str]:
    return [sys.executable, "-Sm", "akidb_worker", "--parent-pid", str(parent)]


def script(folder: Path) -> str:
    path = folder / "python"
    path.write_text('#!/bin/sh\n"$@"\nexit $?\n')
    path.chmod(0o755)
    return str(path)


def test_packages_are_found_without_site_and_behind_a_script_that_does_not_exec(tmp_path: Path) -> None:
    with Started(script(tmp_path), *worker(os.getpid())) as started:
        hello = started.receive("hello")
        assert hello["pid"] != started.process.pid
        assert started.load(load_members("tiny-bert-cls", "cls"))["type"] == "ready"


def test_users_path_comes_behind_everything_else(tmp_path: Path) -> None:
    for name in ("queue", "msgpack", "torch"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('planted')")
    with Started(*worker(os.getpid()), AKIDB_WORKER_PYTHONPATH=str(tmp_path)) as started:
        started.receive("hello")
        assert started.load(load_members("tiny-bert-cls", "cls"))["type"] == "ready"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose ancestor holds a pipe")
def test_ancestor_that_does_not_hold_the_pipe_is_no_host(tmp_path: Path) -> None:
    with Started(script(tmp_path), *worker(os.getppid())) as started:
        assert started.rest_of_stdout() == b""
        assert started.process.wait(TIMEOUT_SECONDS) == 0


def test_check_needs_nobody_who_reads_what_is_printed() -> None:
    ours, its = os.pipe()
    os.close(ours)
    done = subprocess.run(
        [sys.executable, "-Sm", "akidb_worker.check"], cwd=ROOT / "python", stdout=its, stderr=its, timeout=TIMEOUT_SECONDS, check=False
    )
    os.close(its)
    assert done.returncode == 0


def test_library_of_the_right_name_that_is_something_else_is_named(tmp_path: Path) -> None:
    from worker_process import WorkerProcess, fake_library

    with WorkerProcess(before_path=fake_library(tmp_path, "torch", "answer = 42")) as started:
        started.receive("hello")
        error = started.load(load_members("tiny-bert-cls", "cls"))
        assert (error["kind"], error["retryable"]) == ("missing_library", False)
        assert str(tmp_path / "torch.py") in error["message"]

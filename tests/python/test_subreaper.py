"""Whoever is killed, nothing of the worker stays behind."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conversation import Conversation
from reference_answers import ROOT, load_members
from worker_process import WorkerProcess, fake_library

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt orphans and wait for any process")

# What the issue promises, and what a busy machine adds to it.
SOON_SECONDS = 5.0

# A library whose import leaves two processes behind: a child, and a daemon of its own session whose parent has gone. Both heed no SIGTERM.
CARELESS = """
import os, signal, time

def linger(name):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with open(os.path.join(os.environ["NOTES"], name + ".new"), "w") as file:
        file.write(str(os.getpid()))
    os.rename(file.name, file.name[: -len(".new")])
    while True:
        time.sleep(3600)

if os.fork() == 0:
    linger("child")
middle = os.fork()
if middle == 0:
    os.setsid()
    if os.fork() == 0:
        linger("daemon")
    os._exit(0)
os.waitpid(middle, 0)
while not all(os.path.exists(os.path.join(os.environ["NOTES"], name)) for name in ("child", "daemon")):
    time.sleep(0.01)
raise ImportError("careless")
"""

# Starts a worker, and lives on until it is killed.
HOST = """
import subprocess, sys
print(subprocess.Popen([sys.executable, "-m", "akidb_worker"], stdin=int(sys.argv[1]), stdout=int(sys.argv[2])).pid, flush=True)
sys.stdin.readline()
"""


def oom_score_adjustment(pid: int) -> int:
    return int(Path(f"/proc/{pid}/oom_score_adj").read_text())


class Watched:
    """A process that is waited for without being its parent; its number cannot come to mean another one."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._descriptor = os.pidfd_open(pid)

    def close(self) -> None:
        if not self.ends():
            os.kill(self.pid, signal.SIGKILL)
        os.close(self._descriptor)

    def ends(self, seconds: float = 0) -> bool:
        return bool(select.select([self._descriptor], [], [], seconds)[0])


@contextmanager
def watching(*pids: int) -> Iterator[list[Watched]]:
    watched = [Watched(pid) for pid in pids]
    try:
        yield watched
    finally:
        for each in watched:
            each.close()


def careless_worker(folder: Path) -> WorkerProcess:
    return WorkerProcess(before_path=fake_library(folder, "torch", CARELESS), NOTES=str(folder))


def with_descendants(worker: Conversation, folder: Path) -> list[int]:
    """The worker's process, its child and its daemon."""
    pid = worker.receive("hello")["pid"]
    assert "careless" in worker.load(load_members("tiny-bert-cls", "cls"))["message"]
    return [pid, *(int((folder / name).read_text()) for name in ("child", "daemon"))]


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_killed_worker_takes_its_descendants_along_and_the_status_is_its_own(tmp_path: Path, number: signal.Signals) -> None:
    with careless_worker(tmp_path) as worker, watching(*with_descendants(worker, tmp_path)) as tree:
        assert parent_of(tree[0].pid) == worker.pid
        os.kill(tree[0].pid, number)
        assert worker.exit_code() == 128 + number
        assert worker.rest_of_stdout() == b""
        assert all(each.ends() for each in tree)


def test_worker_that_ends_in_order_takes_its_descendants_along(tmp_path: Path) -> None:
    with careless_worker(tmp_path) as worker, watching(*with_descendants(worker, tmp_path)) as tree:
        worker.send("shutdown")
        assert worker.exit_code() == 0
        assert all(each.ends() for each in tree)


def test_sigterm_to_the_subreaper_is_the_workers(tmp_path: Path) -> None:
    with careless_worker(tmp_path) as worker, watching(*with_descendants(worker, tmp_path)) as tree:
        os.kill(worker.pid, signal.SIGTERM)
        assert worker.exit_code() == 0
        assert all(each.ends() for each in tree)


def test_killed_subreaper_takes_the_worker_along(tmp_path: Path) -> None:
    with careless_worker(tmp_path) as worker, watching(*with_descendants(worker, tmp_path)) as (process, child, daemon):
        os.kill(process.pid, signal.SIGSTOP)
        os.kill(worker.pid, signal.SIGKILL)
        assert process.ends(SOON_SECONDS)
        # Nobody is left who knows of the worker's descendants, except by the group that it led.
        os.killpg(process.pid, signal.SIGKILL)
        assert child.ends(SOON_SECONDS)
        assert not daemon.ends()


@pytest.mark.parametrize("stopped", [False, True])
def test_killed_host_is_outlived_by_nobody_though_the_pipes_stay_open(tmp_path: Path, stopped: bool) -> None:
    worker_in, host_out = os.pipe()
    host_in, worker_out = os.pipe()
    path = os.pathsep.join([str(fake_library(tmp_path, "torch", CARELESS)), str(ROOT / "python")])
    host = subprocess.Popen(
        [sys.executable, "-c", HOST, str(worker_in), str(worker_out)],
        pass_fds=(worker_in, worker_out),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path, "NOTES": str(tmp_path)},
    )
    try:
        assert host.stdout
        subreaper = int(host.stdout.readline())
        worker = Conversation(host_out, host_in)
        with watching(subreaper, *with_descendants(worker, tmp_path)) as tree:
            if stopped:
                os.kill(tree[1].pid, signal.SIGSTOP)
            host.kill()
            assert all(each.ends(SOON_SECONDS) for each in tree)
    finally:
        host.kill()
        host.communicate()
        for descriptor in (worker_in, worker_out, host_in, host_out):
            os.close(descriptor)


def test_ended_orphans_are_reaped_while_the_worker_lives(tmp_path: Path) -> None:
    with careless_worker(tmp_path) as worker, watching(*with_descendants(worker, tmp_path)) as (process, _, daemon):
        assert parent_of(daemon.pid) == worker.pid
        os.kill(daemon.pid, signal.SIGKILL)
        assert daemon.ends(SOON_SECONDS)
        os.kill(process.pid, signal.SIGKILL)
        assert worker.exit_code() == 128 + signal.SIGKILL


def test_kernel_that_has_no_memory_left_ends_the_worker_before_its_subreaper_and_its_host(tmp_path: Path) -> None:
    with careless_worker(tmp_path) as worker, watching(*with_descendants(worker, tmp_path)) as (process, child, _):
        assert oom_score_adjustment(worker.pid) == oom_score_adjustment(os.getpid())
        assert oom_score_adjustment(process.pid) == oom_score_adjustment(child.pid) == min(oom_score_adjustment(os.getpid()) + 500, 1000)

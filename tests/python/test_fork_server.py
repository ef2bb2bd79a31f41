"""Workers that are forked from a process that has imported the libraries."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fork_server_process import ForkedWorker, ForkServerProcess
from reference_answers import MINILM, ROOT, TOLERANCE, load_members, normalized, token_ids, vectors
from test_subreaper import SOON_SECONDS, oom_score_adjustment, parent_of, watching
from worker_process import fake_library

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks a process that has imported PyTorch")

# Starts a fork server and has it fork a worker; kills the server when told to, and lives on until it is killed itself.
HOST = """
import os, sys
from fork_server_process import ForkServerProcess

with ForkServerProcess() as server:
    worker = server.fork()
    print(server.pid, worker.pid, worker.receive("hello")["pid"], flush=True)
    sys.stdin.readline()
    server.kill()
    worker.send("ping", id=1)
    print(worker.receive("pong")["type"], flush=True)
    sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServerProcess]:
    with ForkServerProcess() as shared:
        yield shared


def loaded(server: ForkServerProcess) -> tuple[ForkedWorker, int]:
    worker = server.fork()
    pid = worker.receive("hello")["pid"]
    assert worker.load(load_members("tiny-bert-cls", "cls"))["type"] == "ready"
    return worker, pid


def test_forked_workers_give_the_reference_vectors_at_the_same_time(server: ForkServerProcess) -> None:
    texts = token_ids(MINILM)[:48]
    workers = [server.fork() for _ in range(3)]
    for worker in workers:
        worker.receive("hello")
        assert worker.load(load_members(MINILM, "mean"))["type"] == "ready"
    for worker in workers:
        worker.send_texts(2, texts)
    for worker in workers:
        rows = worker.receive("rows")
        actual = np.frombuffer(rows["data"], dtype="<f4").reshape(rows["count"], rows["dimension"])
        assert np.abs(normalized(actual) - vectors(MINILM, 904)[:48]).max() <= TOLERANCE


def test_kernel_that_has_no_memory_left_ends_a_worker_first_then_the_server_and_then_the_host(server: ForkServerProcess) -> None:
    worker, pid = loaded(server)
    host = oom_score_adjustment(os.getpid())
    assert [oom_score_adjustment(each) for each in (pid, worker.pid, server.pid)] == [min(host + more, 1000) for more in (500, 250, 250)]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_worker_that_ends_tells_the_host_how_and_the_others_go_on(server: ForkServerProcess, number: signal.Signals) -> None:
    other, _ = loaded(server)
    worker, pid = loaded(server)
    with watching(worker.pid, pid) as tree:
        os.kill(pid, number)
        assert worker.exit_status() == str(0 if number == signal.SIGTERM else 128 + number)
        assert worker.exit_status() == ""
        assert all(each.ends(SOON_SECONDS) for each in tree)
    other.send_texts(2, [[1, 2]])
    assert other.receive("rows")["count"] == 1


def test_killed_subreaper_ends_without_a_word_and_takes_its_worker_along(server: ForkServerProcess) -> None:
    worker, pid = loaded(server)
    with watching(pid) as (process,):
        os.kill(worker.pid, signal.SIGKILL)
        assert worker.exit_status() == ""
        assert process.ends(SOON_SECONDS)


def test_worker_sees_the_end_of_its_own_stdin_whatever_the_others_hold(server: ForkServerProcess) -> None:
    first, pid = loaded(server)
    second, _ = loaded(server)
    assert {os.readlink(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd")}.isdisjoint(
        os.readlink(f"/proc/self/fd/{descriptor}") for descriptor in second._own
    )
    first.close_stdin()
    assert first.exit_status() == "0"


def test_order_sets_and_removes_variables_of_its_worker_alone(server: ForkServerProcess) -> None:
    refused = server.fork(AKIDB_WORKER_FAULTS="no-such-fault", PYTHONUTF8=None)
    assert refused.exit_status() == "2"
    good, pid = loaded(server)
    assert parent_of(good.pid) == server.pid
    assert parent_of(pid) == good.pid


def test_stopped_worker_and_killed_server_and_host_leave_nothing() -> None:
    path = os.pathsep.join([str(ROOT / "python"), str(ROOT / "tests" / "python")])
    with subprocess.Popen(
        [sys.executable, "-c", HOST], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path}
    ) as host:
        assert host.stdin and host.stdout
        server, subreaper, worker = map(int, host.stdout.readline().split())
        with watching(server, subreaper, worker) as tree:
            print(file=host.stdin, flush=True)
            assert host.stdout.readline() == "pong\n"
            assert tree[0].ends(SOON_SECONDS)
            # Without the server too the subreaper looks for its host from time to time, and finds it.
            assert not tree[2].ends(1.2)
            os.kill(worker, signal.SIGSTOP)
            host.kill()
            assert all(each.ends(SOON_SECONDS) for each in tree)


def test_server_ends_with_its_stdin_and_its_workers_go_on() -> None:
    with ForkServerProcess() as server:
        worker, _ = loaded(server)
        assert server.close_stdin() == 0
        worker.send_texts(2, [[1, 2]])
        assert worker.receive("rows")["count"] == 1


def test_server_of_another_host_leaves_at_once() -> None:
    with ForkServerProcess(parent=os.getppid()) as server:
        assert "has gone" in server.last_words()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("raise ImportError('no such luck')", "no such luck"),
        ("import threading, time\nthreading.Thread(target=time.sleep, args=(3600,), daemon=True).start()\n", "cannot be forked"),
    ],
)
def test_libraries_that_cannot_be_imported_or_start_threads_end_the_server(tmp_path: Path, source: str, words: str) -> None:
    real = f"import sys\nsys.path.remove({str(tmp_path)!r})\ndel sys.modules['torch']\nimport torch\n"
    with ForkServerProcess(before_path=fake_library(tmp_path, "torch", source + real)) as server:
        assert words in server.last_words()


def test_memory_of_the_libraries_is_shared(server: ForkServerProcess) -> None:
    _, pid = loaded(server)
    fields = dict(line.split(":") for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    own, shared = (int(fields[name].split()[0]) for name in ("Private_Dirty", "Shared_Dirty"))
    assert own < shared

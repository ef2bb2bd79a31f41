"""The real process over real pipes."""

from __future__ import annotations

import os
import signal
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reference_answers import MINILM, TOLERANCE, load_members, normalized, token_ids, vectors
from worker_process import WorkerProcess, fake_library

MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

# Minutes of work for the small model, in a frame of a few megabytes.
ENDLESS = [[5] * 512] * 4000


@pytest.fixture(scope="module")
def tiny() -> Iterator[WorkerProcess]:
    """A loaded worker that the tests share; each leaves it idle."""
    with WorkerProcess() as worker:
        worker.receive("hello")
        assert worker.load(load_members("tiny-bert-cls", "cls"))["type"] == "ready"
        yield worker


def started() -> WorkerProcess:
    worker = WorkerProcess()
    worker.receive("hello")
    assert worker.load(load_members("tiny-bert-cls", "cls"))["type"] == "ready"
    return worker


def ping_until_running(worker: WorkerProcess, id: int | None) -> dict[str, Any]:
    while True:
        worker.send("ping", id=1)
        if (pong := worker.receive("pong"))["running"] == id:
            return pong


def oom_score(pid: int) -> int:
    return int(Path(f"/proc/{pid}/oom_score_adj").read_text())


def rows_of(message: dict[str, Any]) -> Any:
    return np.frombuffer(message["data"], dtype="<f4").reshape(message["count"], message["dimension"])


def test_minilm_over_the_wire_gives_the_reference_vectors() -> None:
    texts = token_ids(MINILM)[:64]
    with WorkerProcess() as worker:
        assert worker.receive()["type"] == "hello"
        ready = worker.load(load_members(MINILM, "mean"))
        assert (ready["id"], ready["dimension"], ready["max_tokens"]) == (1, 384, 256)
        assert (ready["weights_sha256"], ready["dtype"], ready["device"]) == (MINILM_SHA256, "float32", "cpu")
        worker.send_texts(2, texts[:40])
        worker.send_texts(3, texts[40:])
        answers = {message["id"]: message for message in (worker.receive("rows"), worker.receive("rows"))}
        rows = np.concatenate([rows_of(answers[2]), rows_of(answers[3])])
        assert np.abs(normalized(rows) - vectors(MINILM, 904)[:64]).max() <= TOLERANCE
        assert answers[2]["compute_us"] > 0
        worker.send("shutdown")
        assert worker.exit_code() == 0


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_hello_comes_before_anything_heavy_is_imported_and_its_absence_is_a_typed_error(tmp_path: Path, library: str) -> None:
    with WorkerProcess(before_path=fake_library(tmp_path, library, "raise ImportError('not to be had today')")) as worker:
        hello = worker.receive("hello")
        assert (hello["protocol_min"], hello["protocol_max"]) == (1, 1)
        assert {"torch", "numpy", "msgpack", "transformers", "tokenizers"} >= set(hello["libraries"]) >= {"msgpack"}
        error = worker.load(load_members("tiny-bert-cls", "cls"))
        assert (error["type"], error["id"], error["kind"], error["retryable"]) == ("error", 1, "missing_library", False)
        assert "not to be had today" in error["message"]
        worker.send("ping", id=9)
        assert worker.receive("pong")["id"] == 9


def test_library_that_prints_and_reads_breaks_no_frame(tmp_path: Path) -> None:
    noise = (
        "import os, subprocess, sys\n"
        "print('printed')\n"
        "os.write(1, b'written\\n')\n"
        "subprocess.run(['echo', 'from a child'], check=True)\n"
        "assert sys.stdin.read() == '' and os.read(0, 1) == b''\n"
        "raise ImportError('quiet now')\n"
    )
    with WorkerProcess(before_path=fake_library(tmp_path, "torch", noise)) as worker:
        worker.receive("hello")
        assert "quiet now" in worker.load(load_members("tiny-bert-cls", "cls"))["message"]
        worker.send("shutdown")
        assert worker.exit_code() == 0
        assert worker.rest_of_stdout() == b""
        stderr = worker.stderr().splitlines()
        assert {"printed", "written", "from a child"} <= set(stderr)
        assert any(line.startswith("ERROR akidb_worker.worker ") for line in stderr)


def test_missing_weights_are_a_typed_error() -> None:
    with WorkerProcess() as worker:
        worker.receive("hello")
        error = worker.load(load_members("tiny-bert-cls", "cls", weights=["/nowhere/model.safetensors"]))
        assert error["kind"] == "bad_model"
        assert "/nowhere/model.safetensors" in error["message"]
        worker.send_texts(2, [[1]])
        assert "No model is loaded" in worker.receive("error")["message"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xff\xff\xff", "4294967295 bytes"),
        (b"\0\0\0\0", "0 bytes"),
        (b"\5\0\0\0\xc1abcd", "no MessagePack value"),
        (b"\1\0\0\0\x05", "holds a int"),
        (b"GET / HTTP/1.1\r\n\r\n", "bytes is outside the limits"),
    ],
)
def test_bytes_that_are_no_frame_end_the_connection(content: bytes, message: str) -> None:
    with WorkerProcess() as worker:
        worker.receive("hello")
        worker.send_bytes(content)
        error = worker.receive("error")
        assert (error["id"], error["kind"]) == (None, "bad_input")
        assert message in error["message"]
        assert worker.exit_code() == 3


def test_frame_limit_can_be_set() -> None:
    with WorkerProcess("--max-frame-bytes", "100") as worker:
        worker.receive("hello")
        worker.send_bytes(struct.pack("<I", 101))
        assert "1 to 100" in worker.receive("error")["message"]
        assert worker.exit_code() == 3


def test_end_of_stdin_ends_the_process() -> None:
    with WorkerProcess() as worker:
        worker.receive("hello")
        worker.close_stdin()
        assert worker.exit_code() == 0


def test_end_of_stdin_inside_a_frame_ends_the_process() -> None:
    with WorkerProcess() as worker:
        worker.receive("hello")
        worker.send_bytes(b"\xff\0\0\0half")
        worker.close_stdin()
        assert worker.exit_code() == 3


def test_process_of_another_parent_leaves_at_once() -> None:
    with WorkerProcess("--parent-pid", str(os.getpid())) as worker:
        worker.receive("hello")
    with WorkerProcess("--parent-pid", str(os.getpid() + 1)) as worker:
        assert worker.exit_code() == 0
        assert worker.rest_of_stdout() == b""


def test_wrong_option_is_refused() -> None:
    with WorkerProcess("--max-queued", "0") as worker:
        assert worker.exit_code() == 2


def test_control_c_is_left_to_the_host() -> None:
    with WorkerProcess() as worker:
        worker.receive("hello")
        os.kill(worker.pid, signal.SIGINT)
        worker.send("ping", id=1)
        assert worker.receive("pong")["id"] == 1


def test_unusable_messages_are_answered_and_the_conversation_goes_on(tiny: WorkerProcess) -> None:
    tiny.send("sing", id=5)
    assert (error := tiny.receive("error"))["id"] == 5 and "'sing' is unknown" in error["message"]
    tiny.send("embed", id=6, timeout_ms=1000, lengths=b"\1\0\0\0", ids="text")
    assert (error := tiny.receive("error"))["id"] == 6 and "'ids'" in error["message"]
    tiny.send_texts(7, [[1], [8000]])
    assert (error := tiny.receive("error"))["id"] == 7 and error["input"] == 1
    tiny.send_texts(8, [[1] * 513])
    assert (error := tiny.receive("error"))["id"] == 8 and error["kind"] == "too_long"
    tiny.send(**load_members("tiny-bert-cls", "cls", id=9))
    assert (error := tiny.receive("error"))["id"] == 9 and error["kind"] == "bad_input"
    tiny.send_texts(10, token_ids("tiny-bert-cls")[:2])
    assert np.abs(normalized(rows_of(tiny.receive("rows"))) - vectors("tiny-bert-cls", 904)[:2]).max() <= TOLERANCE


def test_batch_whose_time_is_over_is_not_computed(tiny: WorkerProcess) -> None:
    tiny.send_texts(20, [[1]], timeout_ms=0)
    tiny.send_texts(21, [[1]], timeout_ms=-5)
    errors = [tiny.receive("error"), tiny.receive("error")]
    assert [(error["id"], error["kind"]) for error in errors] == [(20, "deadline"), (21, "deadline")]


def test_pings_are_answered_while_computing_and_cancel_stops_waiting_and_running_batches(tiny: WorkerProcess) -> None:
    tiny.send_texts(30, ENDLESS)
    pong = ping_until_running(tiny, 30)
    assert pong["running_ms"] >= 0
    assert pong["progress_ms"] >= 0
    assert pong["rss_bytes"] > 1 << 20
    tiny.send_texts(31, [[1, 2]])
    tiny.send_texts(32, [[1, 2]])
    tiny.send("cancel", id=31)
    assert (error := tiny.receive("error"))["id"] == 31 and error["kind"] == "cancelled"
    tiny.send("ping", id=2)
    assert (pong := tiny.receive("pong"))["running"] == 30 and pong["queued"] == 1
    tiny.send("cancel", id=999)
    tiny.send("cancel", id=30)
    assert (error := tiny.receive("error"))["id"] == 30 and error["kind"] == "cancelled"
    assert tiny.receive("rows")["id"] == 32

    # It counts as running until its answer is in the pipe, and a moment longer.
    assert ping_until_running(tiny, None)["progress_ms"] is None


def test_queue_is_bounded() -> None:
    with WorkerProcess("--max-queued", "1") as worker:
        worker.receive("hello")
        worker.load(load_members("tiny-bert-cls", "cls"))
        worker.send_texts(2, ENDLESS)
        ping_until_running(worker, 2)
        worker.send_texts(3, [[1]])
        worker.send_texts(4, [[1]])
        error = worker.receive("error")
        assert (error["id"], error["kind"], error["retryable"]) == (4, "overloaded", True)
        worker.close_stdin()
        assert worker.exit_code() == 0


def test_shutdown_finishes_what_is_queued() -> None:
    with started() as worker:
        for id in (2, 3, 4):
            worker.send_texts(id, [[5] * 512] * 8)
        worker.send("shutdown")
        worker.send_texts(5, [[1]])
        answers = sorted((worker.receive("rows", "error") for _ in range(4)), key=lambda message: int(message["id"]))
        assert [message["type"] for message in answers] == ["rows", "rows", "rows", "error"]
        assert worker.exit_code() == 0


def test_sigterm_finishes_the_running_batch_and_hands_back_the_rest() -> None:
    with started() as worker:
        worker.send_texts(2, [[5] * 512] * 40)
        ping_until_running(worker, 2)
        worker.send_texts(3, [[1]])
        worker.send("ping", id=1)
        worker.receive("pong")
        os.kill(worker.pid, signal.SIGTERM)
        error = worker.receive("error")
        assert (error["id"], error["kind"], error["retryable"]) == (3, "overloaded", True)
        assert worker.receive("rows")["id"] == 2
        assert worker.exit_code() == 0


def test_second_sigterm_ends_the_process_at_once() -> None:
    with started() as worker:
        worker.send_texts(2, ENDLESS)
        ping_until_running(worker, 2)
        worker.send_texts(3, [[1]])
        os.kill(worker.pid, signal.SIGTERM)
        assert worker.receive("error")["id"] == 3
        os.kill(worker.pid, signal.SIGTERM)
        assert worker.exit_code() == 143


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of another process")
def test_batch_that_does_not_fit_into_memory_is_a_typed_error_and_a_part_of_it_is_computed() -> None:
    import resource

    with WorkerProcess() as worker:
        pid = worker.receive("hello")["pid"]
        assert worker.load(load_members("tiny-bert-cls", "cls", batch_tokens=1 << 20))["type"] == "ready"
        worker.send_texts(2, [[5] * 512] * 8)
        worker.receive("rows")
        size = int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()
        resource.prlimit(pid, resource.RLIMIT_AS, (size + (200 << 20), resource.RLIM_INFINITY))
        outcomes = []
        for id, texts in ((3, 512), (4, 256), (5, 8)):
            worker.send_texts(id, [[5] * 512] * texts)
            answer = worker.receive("rows", "error")
            outcomes.append(answer.get("kind", "rows"))
        assert outcomes == ["out_of_memory", "out_of_memory", "rows"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux is told whom to end where memory runs out")
def test_worker_is_ended_before_its_host_where_memory_runs_out() -> None:
    with WorkerProcess() as worker:
        assert oom_score(worker.receive("hello")["pid"]) == min(oom_score(os.getpid()) + 500, 1000)

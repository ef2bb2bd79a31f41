"""The fault kit: each fault is real, and none is armed by accident."""

from __future__ import annotations

import os
import re
import signal
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from akidb_worker.faults import VARIABLE, BadFaultsError, Faults, read_faults
from reference_answers import ROOT, load_members, normalized, token_ids, vectors
from worker_process import WorkerProcess, fake_library

ARMED = [1, 7592, 2088, 2]


def armed(faults: str) -> WorkerProcess:
    """A worker that was told to load, and has answered."""
    worker = WorkerProcess(AKIDB_WORKER_FAULTS=faults)
    worker.receive("hello")
    assert worker.load(load_members("tiny-bert-cls", "cls"))["type"] == "ready"
    return worker


def ping(worker: WorkerProcess) -> dict[str, Any]:
    worker.send("ping", id=1)
    return worker.receive("pong")


def rows_of(message: dict[str, Any]) -> Any:
    return np.frombuffer(message["data"], dtype="<f4").reshape(message["count"], message["dimension"])


def test_nothing_is_armed_without_the_variable() -> None:
    assert read_faults({}) is None
    assert read_faults({VARIABLE: " , ", "DOTNET_ENVIRONMENT": "Production"}) is None


def test_faults_are_read_with_their_values() -> None:
    faults = read_faults({VARIABLE: "die-after=3, slow-start=0.5,die-on-ids=7592+2088,answer-twice", "DOTNET_ENVIRONMENT": "Staging"})
    assert faults == Faults(die_after=3, slow_start=0.5, die_on_ids=(7592, 2088), answer_twice=True)


@pytest.mark.parametrize(
    ("faults", "message"),
    [
        ("explode", "'explode', which there is not. Known are answer-out-of-order, "),
        ("die_after=1", "'die_after'"),
        ("die-after", "'die-after' needs a whole number, as in die-after=100"),
        ("die-after=-1", "needs a whole number"),
        ("slow-start=nan", "needs a number of seconds"),
        ("die-on-ids=7592+", "needs token ids joined by +"),
        ("answer-twice=yes", "takes no value"),
    ],
)
def test_what_is_no_fault_is_refused(faults: str, message: str) -> None:
    with pytest.raises(BadFaultsError) as raised:
        read_faults({VARIABLE: faults})
    assert message in str(raised.value)


@pytest.mark.parametrize("name", ["DOTNET_ENVIRONMENT", "ASPNETCORE_ENVIRONMENT"])
def test_production_is_refused(name: str) -> None:
    with pytest.raises(BadFaultsError, match=f"{name} is Production"):
        read_faults({VARIABLE: "answer-twice", name: "production"})


def test_worker_that_cannot_obey_does_not_start() -> None:
    with WorkerProcess(AKIDB_WORKER_FAULTS="explode") as worker:
        assert worker.exit_code() == 2
        assert worker.rest_of_stdout() == b""
        assert "names the fault 'explode'" in worker.stderr()


def test_document_names_every_fault() -> None:
    document = (ROOT / "python" / "akidb_worker" / "FAULTS.md").read_text("utf-8")
    assert set(re.findall(r"^\| `([a-z-]+)", document, re.MULTILINE)) == {field.name.replace("_", "-") for field in fields(Faults)}


def test_die_at_start_is_a_segmentation_fault_before_hello_and_what_is_armed_is_said() -> None:
    with WorkerProcess(AKIDB_WORKER_FAULTS="die-at-start") as worker:
        assert worker.exit_code() == 128 + signal.SIGSEGV
        assert worker.rest_of_stdout() == b""
        stderr = worker.stderr()
        assert f"WARNING akidb_worker.fault_injection This worker misbehaves on purpose: {VARIABLE} is 'die-at-start'." in stderr
        assert "Fatal Python error: Segmentation fault" in stderr


@pytest.mark.parametrize("faults", ["die-after=1", "die-on-ids=7592+2088"])
def test_death_is_a_segmentation_fault_with_its_traceback(faults: str) -> None:
    with armed(faults) as worker:
        worker.send_texts(2, [[1, 7592, 2], [2088, 2]])
        worker.receive("rows")
        worker.send_texts(3, [[1, 2], ARMED])
        assert worker.exit_code() == 128 + signal.SIGSEGV
        stderr = worker.stderr()
        assert "Fatal Python error: Segmentation fault" in stderr
        assert '"<string>"' not in stderr and "in crash" in stderr and "in _answer_embed" in stderr and "in run" in stderr


def test_hanging_batch_answers_pings_and_moves_no_more() -> None:
    with armed("hang-on-ids=7592+2088") as worker:
        worker.send_texts(2, [ARMED])
        while (pong := ping(worker))["running"] != 2:
            pass
        worker.send("cancel", id=2)
        while (later := ping(worker))["progress_ms"] < pong["progress_ms"] + 20:
            assert later["running"] == 2


def test_hang_in_native_code_answers_nothing_and_heeds_no_sigterm() -> None:
    with armed("hang-native-on-ids=7592+2088") as worker:
        worker.send_texts(2, [ARMED])
        worker.send("ping", id=1)
        while worker.says_something(1):
            worker.receive("pong")
            worker.send("ping", id=1)
        os.kill(worker.pid, signal.SIGTERM)
        assert not worker.says_something(0.5)


def test_slow_start_answers_pings_before_it_loads() -> None:
    with WorkerProcess(AKIDB_WORKER_FAULTS="slow-start=3600") as worker:
        worker.receive("hello")
        worker.send(**load_members("tiny-bert-cls", "cls"))
        worker.send("ping", id=5)
        assert worker.receive()["type"] == "pong"


def test_noise_breaks_no_frame() -> None:
    with WorkerProcess(AKIDB_WORKER_FAULTS="print-to-stdout,flood-stderr") as worker:
        lines = worker.drain_stderr()
        worker.receive("hello")
        assert worker.load(load_members("tiny-bert-cls", "cls"))["type"] == "ready"
        worker.send_texts(2, [[1, 2]])
        assert worker.receive()["type"] == "rows"
        worker.send("shutdown")
        assert worker.exit_code() == 0
        assert worker.rest_of_stdout() == b""
        stderr = lines()
        assert stderr.count("WARNING flood ") == 2000
        for line in ("printed by Python", "written by Python", "printed by a native library"):
            assert stderr.count(line) == 2


def test_leak_is_kept() -> None:
    with armed("leak=20000000") as worker:
        before = ping(worker)["rss_bytes"]
        for id in range(2, 7):
            worker.send_texts(id, [[1, 2]])
            worker.receive("rows")
        assert ping(worker)["rss_bytes"] - before > 90_000_000


def test_out_of_memory_is_torchs_own_and_half_the_batch_passes() -> None:
    with armed("out-of-memory-above=1") as worker:
        worker.send_texts(2, [[1, 2], [3]])
        error = worker.receive("error")
        assert (error["id"], error["kind"], error["retryable"]) == (2, "out_of_memory", True)
        worker.send_texts(3, [[1, 2]])
        assert worker.receive("rows")["id"] == 3


def test_frame_that_breaks_off() -> None:
    with armed("truncate-frame-after=1") as worker:
        worker.send_texts(2, [[1, 2]])
        whole = worker.receive_body()
        worker.send_texts(3, [[1, 2]])
        rest = worker.rest_of_stdout()
        assert int.from_bytes(rest[:4], "little") == pytest.approx(len(whole), abs=8)
        assert len(rest) < len(whole)
        assert worker.exit_code() == 1


def test_length_that_is_impossible() -> None:
    with armed("corrupt-length-after=0") as worker:
        worker.send_texts(2, [[1, 2]])
        assert worker.receive_bytes(4) == b"\xff\xff\xff\xff"


def test_answers_that_lie() -> None:
    texts = token_ids("tiny-bert-cls")[:2]
    with armed("nan-after=1,wrong-dimension-after=2,wrong-id-after=3") as worker:
        answers = []
        for id in range(10, 14):
            worker.send_texts(id, texts)
            answers.append(worker.receive("rows"))
        right, nan, short, other = answers
        assert np.abs(normalized(rows_of(right)) - vectors("tiny-bert-cls", 904)[:2]).max() < 1e-5
        assert np.isnan(rows_of(nan)).tolist().count([False] * (nan["dimension"] - 1) + [True]) == 1
        assert short["dimension"] * 2 == right["dimension"] and len(short["data"]) * 2 == len(right["data"])
        assert (right["id"], nan["id"], short["id"], other["id"]) == (10, 11, 12, 13 + 1_000_000_000)


def test_answers_come_in_another_order_and_the_last_is_not_kept() -> None:
    with armed("answer-out-of-order,answer-twice") as worker:
        for id in (2, 3, 4):
            worker.send_texts(id, [[1, 2]])
        assert [worker.receive("rows")["id"] for _ in range(6)] == [3, 3, 2, 2, 4, 4]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that can be refused")
def test_sigterm_is_refused() -> None:
    with armed("refuse-sigterm") as worker:
        os.kill(worker.pid, signal.SIGTERM)
        os.kill(worker.pid, signal.SIGTERM)
        worker.send_texts(2, [[1, 2]])
        assert worker.receive("rows")["id"] == 2


def test_abort_in_a_library_leaves_its_traceback(tmp_path: Path) -> None:
    library = fake_library(tmp_path, "torch", "import ctypes\nctypes.CDLL(None).abort()")
    with WorkerProcess(before_path=library) as worker:
        worker.receive("hello")
        worker.send(**load_members("tiny-bert-cls", "cls"))
        assert worker.exit_code() == 128 + signal.SIGABRT
        stderr = worker.stderr()
        assert "Fatal Python error: Aborted" in stderr
        assert "in load_model" in stderr and "in run" in stderr and 'torch.py", line 2' in stderr

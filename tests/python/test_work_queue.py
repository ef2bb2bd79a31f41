"""Jobs that wait, and the one that runs."""

from __future__ import annotations

import pytest
from akidb_worker.activity import Activity
from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.messages import Embed
from akidb_worker.work_queue import Job, WorkQueue


def job(id: int) -> Job:
    return Job(Embed(id, 1000, b"", b""), None)


def test_jobs_come_out_in_order_and_none_after_closing() -> None:
    queue = WorkQueue(4)
    jobs = [job(id) for id in (1, 2)]
    for each in jobs:
        queue.put(each)
    queue.close()
    assert [queue.take(), queue.take(), queue.take()] == [*jobs, None]


def test_full_or_closed_queue_refuses_with_overloaded() -> None:
    queue = WorkQueue(1)
    queue.put(job(1))
    with pytest.raises(WorkerError, match="full") as full:
        queue.put(job(2))
    queue.close()
    with pytest.raises(WorkerError, match="shutting down") as closed:
        queue.put(job(3))
    assert full.value.kind is closed.value.kind is ErrorKind.OVERLOADED


def test_only_a_waiting_job_can_be_removed() -> None:
    queue = WorkQueue(2)
    queue.put(job(1))
    assert queue.remove(1)
    assert not queue.remove(1)
    assert not len(queue)


def test_abandoned_jobs_are_handed_over() -> None:
    queue = WorkQueue(2)
    waiting = job(1)
    queue.put(waiting)
    assert queue.abandon() == [waiting]
    assert queue.take() is None


def test_cancel_stops_only_the_running_work() -> None:
    activity = Activity()
    activity.begin(1)
    activity.cancel(2)
    activity.moved()
    activity.cancel(1)
    with pytest.raises(WorkerError) as raised:
        activity.moved()
    activity.end()
    assert raised.value.kind is ErrorKind.CANCELLED
    activity.begin(3)
    activity.moved()


def test_snapshot_has_times_only_while_something_runs() -> None:
    activity = Activity()
    activity.begin(5)
    running = activity.snapshot()
    activity.end()
    activity.count_served()
    idle = activity.snapshot()
    assert running.running == 5
    assert running.running_ms is not None
    assert running.progress_ms is not None
    assert (idle.running, idle.running_ms, idle.progress_ms, idle.served) == (None, None, None, 1)

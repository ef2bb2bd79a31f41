"""The conversation with the host: one thread listens, one computes."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from akidb_worker import __version__
from akidb_worker.activity import Activity
from akidb_worker.errors import ErrorKind, WorkerError, classify, classify_load
from akidb_worker.exits import ExitCode, exit_now
from akidb_worker.framing import FrameError, FrameReader, FrameWriter
from akidb_worker.libraries import installed_versions
from akidb_worker.loading import Loader
from akidb_worker.memory import resident_bytes
from akidb_worker.messages import (
    PROTOCOL_VERSION,
    Cancel,
    Embed,
    Error,
    FromHost,
    FromWorker,
    Hello,
    Load,
    Ping,
    Pong,
    Progress,
    Rows,
    Shutdown,
)
from akidb_worker.protocol import BadMessageError, MalformedFrameError, decode, encode
from akidb_worker.work_queue import Job, WorkQueue

if TYPE_CHECKING:
    from akidb_worker.answering import Answering

_log = logging.getLogger(__name__)


class Worker:
    """One worker process.

    1. Say hello.    Nothing heavy has been imported yet.
    2. Listen.       A thread of its own: pings and cancels are served whatever else happens; the end of stdin ends the process.
    3. Load.         Once, reporting progress, until ready or a typed error.
    4. Compute.      Batch after batch in order of arrival; each is answered exactly once, with rows or an error.
    5. Leave.        After a shutdown everything queued is finished first, after SIGTERM only what runs.
    """

    def __init__(self, reader: FrameReader, writer: FrameWriter, load_model: Loader, max_frame_bytes: int, max_queued: int) -> None:
        self._reader = reader
        self._writer = writer
        self._max_frame_bytes = max_frame_bytes
        self._load_model = load_model
        self._queue = WorkQueue(max_queued)
        self._activity = Activity()
        self._loading = threading.Lock()
        self._answering: Answering | None = None
        self._load: Load | None = None

    def run(self) -> None:
        """Returns when everything asked for is done."""
        self._send(
            Hello(
                protocol_min=PROTOCOL_VERSION,
                protocol_max=PROTOCOL_VERSION,
                worker_version=__version__,
                pid=os.getpid(),
                python=sys.version.split()[0],
                libraries=installed_versions(),
            )
        )
        threading.Thread(target=self._listen, name="listener", daemon=True).start()
        while (job := self._queue.take()) is not None:
            if isinstance(job.request, Load):
                with self._loading:
                    self._answer_load(job.request)
            else:
                # It runs until its answer is in the pipe: the host takes a batch for lost that neither runs nor waits nor was answered.
                self._activity.begin(job.request.id)
                self._answer_embed(job.request, job.deadline)
                self._activity.end()
        if self._answering is not None:
            self._answering.close()

    def terminate(self) -> None:
        """Finishes what runs and gives back what waits; a model that is still loading is given up."""
        for job in self._queue.abandon():
            self._send_error(job.request.id, ErrorKind.OVERLOADED, "The worker was told to stop. Send the batch to another one.")
        if self._loading.locked():
            exit_now(ExitCode.DONE)

    def _listen(self) -> None:
        try:
            while (body := self._reader.read()) is not None:
                try:
                    self._receive(decode(body))
                except BadMessageError as error:
                    _log.warning("Refused a message: %s", error.error.message)
                    self._send(Error.of(error.id, error.error))
            code = ExitCode.DONE
        except (FrameError, MalformedFrameError) as error:
            _log.error("The conversation cannot go on: %s", error)
            self._send_error(None, ErrorKind.BAD_INPUT, str(error))
            code = ExitCode.BAD_CONVERSATION
        except BaseException:
            _log.critical("The listener failed.", exc_info=True)
            code = ExitCode.CRASHED
        exit_now(code)

    def _receive(self, message: FromHost) -> None:
        match message:
            case Ping():
                self._send(self._pong(message.id))
            case Cancel():
                self._cancel(message.id)
            case Embed():
                self._enqueue(Job(message, time.monotonic() + message.timeout_ms / 1000))
            case Load():
                self._enqueue(Job(message, None))
            case Shutdown():
                self._queue.close()

    def _enqueue(self, job: Job) -> None:
        try:
            self._queue.put(job)
        except WorkerError as error:
            self._send(Error.of(job.request.id, error))

    def _cancel(self, id: int) -> None:
        if self._queue.remove(id):
            self._send_error(id, ErrorKind.CANCELLED, "The batch was cancelled before it started.")
        else:
            self._activity.cancel(id)

    def _pong(self, id: int) -> Pong:
        now = self._activity.snapshot()
        return Pong(id, now.running, now.running_ms, now.progress_ms, len(self._queue), now.served, resident_bytes())

    def _answer_load(self, load: Load) -> None:
        if self._load is not None:
            self._send_error(load.id, ErrorKind.BAD_INPUT, "A worker loads one model, and this one was already asked to.")
            return
        self._load = load
        try:
            loaded = self._load_model(load, self._progress(load.id))
        except Exception as error:
            _log.exception("The model could not be loaded.")
            self._send(Error.of(load.id, classify_load(error)))
        else:
            # It imports NumPy, which is there by now.
            from akidb_worker.answering import Answering

            self._answering = Answering(loaded)
            self._send(loaded.ready)

    def _progress(self, id: int) -> Callable[[str, float], None]:
        return lambda stage, fraction: self._send(Progress(id, stage, fraction))

    def _answer_embed(self, embed: Embed, deadline: float | None) -> None:
        try:
            if deadline is not None and time.monotonic() >= deadline:
                raise WorkerError(ErrorKind.DEADLINE, f"The batch waited past its timeout of {embed.timeout_ms} ms.")
            rows = self._compute(embed)
        except Exception as error:
            failure = classify(error)
            if failure is not error:
                _log.exception("Batch %d failed.", embed.id)
        else:
            self._activity.count_served()
            self._send(rows)
            return
        # Not earlier: the exception has kept everything alive that was being computed.
        if failure.kind is ErrorKind.OUT_OF_MEMORY and self._answering is not None:
            self._answering.release_memory()
        self._send(Error.of(embed.id, failure))

    def _compute(self, embed: Embed) -> Rows:
        if self._answering is None:
            raise WorkerError(ErrorKind.BAD_INPUT, "No model is loaded. Send a load first and wait for ready.")
        return self._answering.rows(embed, self._max_frame_bytes, self._activity.moved)

    def _send_error(self, id: int | None, kind: ErrorKind, message: str) -> None:
        self._send(Error.of(id, WorkerError(kind, message)))

    def _send(self, message: FromWorker) -> None:
        try:
            self._writer.write(*encode(message))
        except OSError as error:
            _log.info("The host does not read any more (%s); leaving.", error.strerror)
            exit_now(ExitCode.DONE)

"""Sets the process up, and ends it."""

from __future__ import annotations

import argparse
import faulthandler
import io
import logging
import os
import sys
from functools import partial

from akidb_worker import __version__
from akidb_worker.exits import ExitCode, exit_now
from akidb_worker.faults import BadFaultsError, Faults, read_faults
from akidb_worker.framing import DEFAULT_MAX_FRAME_BYTES, FrameReader, FrameWriter
from akidb_worker.known_fingerprint import KnownFingerprint
from akidb_worker.loading import Loader, load_model
from akidb_worker.logs import configure_logging
from akidb_worker.parent import Host, Parent
from akidb_worker.signals import block_signals, serve_signals
from akidb_worker.worker import Worker

# The listener must get its turn while the computing thread runs Python.
_SWITCH_SECONDS = 0.0005


def run(frames_in: int, frames_out: int, parent: Parent | None = None, known: KnownFingerprint | None = None) -> None:
    """The whole life of the worker, on the descriptors that carry frames. Without a parent it has no subreaper.

    ``known`` is what it shares with others that are forked from the same process.
    """
    options, faults = _parse(sys.argv[1:])
    block_signals()
    (parent or _host(frames_in)).watch()
    faulthandler.enable(sys.stderr)
    sys.setswitchinterval(_SWITCH_SECONDS)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    configure_logging(options.log_level)
    reader = FrameReader(frames_in, options.max_frame_bytes)
    writer = FrameWriter(frames_out)
    load: Loader = partial(load_model, background=options.background, known=known)
    if faults is not None:
        from akidb_worker.fault_injection import inject_faults

        writer, load = inject_faults(frames_out, load, faults)
    worker = Worker(reader, writer, load, options.max_frame_bytes, options.max_queued)
    if faults is None or not faults.refuse_sigterm:
        serve_signals(worker.terminate)
    try:
        worker.run()
    except BaseException:
        logging.getLogger(__name__).critical("The worker failed.", exc_info=True)
        exit_now(ExitCode.CRASHED)
    exit_now(ExitCode.DONE)


def _parse(arguments: list[str]) -> tuple[argparse.Namespace, Faults | None]:
    parser = argparse.ArgumentParser("akidb_worker", description="Serves embeddings over stdin and stdout to an AkiDb.Bridge host.")
    parser.add_argument("--parent-pid", type=int, metavar="PID", help="the host's process id: leave at once if it is not behind the pipe")
    parser.add_argument("--max-frame-bytes", type=_positive, default=DEFAULT_MAX_FRAME_BYTES, metavar="BYTES")
    parser.add_argument("--max-queued", type=_positive, default=64, metavar="BATCHES", help="more are answered with 'overloaded'")
    parser.add_argument("--background", action="store_true", help="load at low priority, where the system allows to come back from it")
    parser.add_argument("--log-level", choices=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), default="INFO")
    parser.add_argument("--version", action="version", version=__version__)
    try:
        return parser.parse_args(arguments), read_faults(os.environ)
    except BadFaultsError as error:
        parser.error(str(error))


def _host(pipe: int) -> Parent:
    Host.named_in(sys.argv, pipe)
    return Parent(os.getppid())


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not at least 1")
    return value

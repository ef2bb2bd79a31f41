"""``python -m akidb_worker.fork_server``: imports what workers import, once, and then forks a worker for every line on its stdin.

A forked worker is there in milliseconds where an import takes seconds of a processor that other workers need, and what
was imported is in memory once. Nothing is computed here: a process with computing threads cannot be forked.

A line is a JSON object: ``arguments`` of ``akidb_worker``; ``environment``, where null removes a variable; and the host's
descriptors of the other ends: ``stdin``, ``stdout``, ``stderr`` and ``status``, which says the subreaper's process id and later
its exit status, each in a line of its own. The server ends when its stdin does, or when it cannot do what a line asks for.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from akidb_worker.memory import go_before
from akidb_worker.onednn import prepare_onednn
from akidb_worker.parent import Host, HostGoneError, ask_for_signal_at_parents_death, take_name
from akidb_worker.site_packages import enter_site
from akidb_worker.standard_streams import keep_frames_from_others, take_standard_streams
from akidb_worker.subreaper import fork_worker

if TYPE_CHECKING:
    from akidb_worker.known_fingerprint import KnownFingerprint

# What computes, with everything that it imports.
_MODULES = {"torch": "akidb_worker.torch_loading", "sentence-transformers": "akidb_worker.library_loading"}

# Two forks and the first words take ten milliseconds each. A worker that nobody waits for gives the others time in between.
_PAUSE_SECONDS = 0.05

_OOM_SCORE_ADJUSTMENT = 250

# The files of GPU drivers: NVIDIA's and AMD's.
_GPU_FILES = ("/dev/nvidia", "/dev/kfd")


def serve(arguments: list[str]) -> None:
    """The whole life of the server; in a worker, that of the worker."""
    orders, nobody = take_standard_streams()
    os.close(nobody)
    options = _parse(arguments)
    ask_for_signal_at_parents_death(signal.SIGKILL)
    try:
        host = Host.watched(options.parent_pid, orders)
    except HostGoneError as error:
        sys.exit(str(error))
    take_name("akidb-forks")
    go_before(host.pid, _OOM_SCORE_ADJUSTMENT)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    enter_site()
    _prepare(options.encoder)
    # Nobody waits for the subreapers: how a worker ended is said on its own pipe.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)

    from akidb_worker.known_fingerprint import KnownFingerprint

    known = KnownFingerprint()
    for line in os.fdopen(orders, "rb"):
        order = json.loads(line)
        streams = _open(host, order)
        if os.fork() == 0:
            os.close(orders)
            _become_worker(host, order, streams, known)
        for descriptor in streams.values():
            os.close(descriptor)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("akidb_worker.fork_server", description="Forks workers for an AkiDb.Bridge host.")
    parser.add_argument("--parent-pid", type=int, required=True, metavar="PID", help="the host: leave at once if another started this")
    parser.add_argument("--encoder", choices=_MODULES, required=True)
    return parser.parse_args(arguments)


def _prepare(encoder: str) -> None:
    # Asking the driver itself for GPUs would make this process one that cannot be forked.
    os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")
    if encoder == "torch":
        prepare_onednn(os.environ)
    for module in (_MODULES[encoder], "akidb_worker.answering", "akidb_worker.process"):
        import_module(module)
    from akidb_worker.libraries import installed_versions

    installed_versions()
    if threading.active_count() > 1 or any(name.startswith(_GPU_FILES) for name in _open_files()):
        sys.exit("An import has started a thread or used a GPU: this process cannot be forked.")
    # What was printed so far is not said again by every worker.
    sys.stdout.flush()
    gc.collect()
    # A collection in a worker would write into every object, and so copy the memory that they share.
    gc.freeze()


def _open_files() -> list[str]:
    folder = f"/proc/{os.getpid()}/fd"
    return [os.readlink(f"{folder}/{name}") for name in os.listdir(folder) if os.path.exists(f"{folder}/{name}")]


def _open(host: Host, order: Mapping[str, Any]) -> dict[str, int]:
    """The worker's ends of the host's pipes: opened through the host's own descriptors."""
    ways = {"stdin": os.O_RDONLY, "stdout": os.O_WRONLY, "stderr": os.O_WRONLY, "status": os.O_WRONLY}
    return {name: os.open(f"/proc/{host.pid}/fd/{order[name]}", way | os.O_CLOEXEC) for name, way in ways.items()}


def _become_worker(host: Host, order: Mapping[str, Any], streams: Mapping[str, int], known: KnownFingerprint) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    keep_frames_from_others(streams["stderr"])
    os.close(streams["stderr"])
    for name, value in order["environment"].items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    sys.argv = ["akidb_worker", *order["arguments"]]
    pause = _PAUSE_SECONDS if "--background" in sys.argv else 0
    time.sleep(pause)
    frames_in, frames_out = streams["stdin"], streams["stdout"]
    parent = fork_worker((frames_in, frames_out), host.of_forked(), streams["status"])
    time.sleep(pause)

    from akidb_worker.process import run

    run(frames_in, frames_out, parent, known)


if __name__ == "__main__":
    serve(sys.argv[1:])

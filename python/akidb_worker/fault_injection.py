"""Arms the faults."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable

from akidb_worker.crash import crash
from akidb_worker.faults import VARIABLE, Faults
from akidb_worker.faulty_writer import FaultyWriter
from akidb_worker.framing import FrameWriter
from akidb_worker.loading import LoadedModel, Loader
from akidb_worker.messages import Load

_log = logging.getLogger(__name__)


def inject_faults(frames_out: int, load_model: Loader, faults: Faults) -> tuple[FrameWriter, Loader]:
    """Says what is armed, and returns a writer and a loader that misbehave; or dies, if that is what is armed."""
    _log.warning("This worker misbehaves on purpose: %s is '%s'.", VARIABLE, os.environ[VARIABLE])
    if faults.die_at_start:
        crash()

    def load_faulty(load: Load, report: Callable[[str, float], None]) -> LoadedModel:
        time.sleep(faults.slow_start)
        loaded = load_model(load, report)
        # It imports torch, which is there by now.
        from akidb_worker.faulty_inference import with_faults

        return with_faults(loaded, faults)

    return FaultyWriter(frames_out, faults), load_faulty

"""The ways out."""

from __future__ import annotations

import logging
import os
import sys
from enum import IntEnum
from typing import NoReturn


class ExitCode(IntEnum):
    """What the process's exit status says."""

    DONE = 0
    """Shut down, or the host went away."""

    CRASHED = 1
    """A bug in the worker; its traceback is on stderr."""

    BAD_CONVERSATION = 3
    """What came over stdin was no frame."""

    TERMINATED = 143
    """A second SIGTERM."""


def exit_now(code: ExitCode) -> NoReturn:
    """Ends the process from any thread, whatever the others are doing."""
    logging.shutdown()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)

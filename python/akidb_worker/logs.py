"""Log records as single lines on stderr: ``LEVEL logger message``."""

from __future__ import annotations

import logging
import sys


class _OneLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).replace("\n", "\\n")


def configure_logging(level: str) -> None:
    """Sends every logger's records to stderr."""
    target = logging.StreamHandler(sys.stderr)
    target.setFormatter(_OneLine("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=level, handlers=[target])

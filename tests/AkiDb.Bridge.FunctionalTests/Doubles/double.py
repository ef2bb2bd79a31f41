"""A worker that misbehaves: ``double.py BEHAVIOUR``, then the arguments that the host gives a worker.

Every behaviour is a function of ``early`` (before or instead of the worker) or of ``tampering`` (the real worker with other words on the wire).
"""

from __future__ import annotations

import os
import pathlib
import sys

import early
import tampering

FOLDER = pathlib.Path(os.environ["AKIDB_DOUBLE_FOLDER"])


def _is_this_ones_turn() -> bool:
    """Whether this process misbehaves: always, or only the first ones that were started."""
    times = FOLDER / "times"
    if not times.exists():
        return True
    left = int(times.read_text())
    times.write_text(str(left - 1))
    return left > 0


def main() -> None:
    behaviour = sys.argv.pop(1)
    # A Python started by its wrapper sees the arguments of an interpreter: -m akidb_worker comes first.
    del sys.argv[1:3]
    if not _is_this_ones_turn():
        tampering.run(tampering.honest)
    elif hasattr(early, behaviour):
        getattr(early, behaviour)(FOLDER)
    else:
        tampering.run(getattr(tampering, behaviour))


main()

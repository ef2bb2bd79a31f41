"""Lets the interpreter's packages in, once nothing that they print or read can reach the frames.

The host starts Python with ``-S``, which leaves out the ``site`` module: ``.pth`` files and ``sitecustomize`` are program code of others.
"""

from __future__ import annotations

import os
import sys

_USERS_PATH = "AKIDB_WORKER_PYTHONPATH"


def enter_site() -> None:
    """Does what Python does at its start without ``-S``. Call it when the standard streams have been taken.

    The user's PYTHONPATH comes last: a file in it that is called like a module of Python or of a package replaces nothing.
    """
    if not sys.flags.no_site:
        return
    import site

    if os.environ.get("PYTHONNOUSERSITE"):
        site.ENABLE_USER_SITE = False
    site.main()
    sys.path += [folder for folder in os.environ.get(_USERS_PATH, "").split(os.pathsep) if folder and folder not in sys.path]

"""``python -m akidb_worker.check``: exit status 0 where this Python has what workers need.

Nothing of it is imported: milliseconds instead of seconds.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

from akidb_worker.site_packages import enter_site
from akidb_worker.standard_streams import keep_frames_from_others


def _is_installed(name: str) -> bool:
    spec = find_spec(name)
    # A folder that only happens to have a package's name has no origin.
    return spec is not None and spec.origin is not None


if __name__ == "__main__":
    # Nobody reads what program code of the environment may print.
    keep_frames_from_others(os.open(os.devnull, os.O_WRONLY))
    enter_site()
    sys.exit(not all(map(_is_installed, ("torch", "numpy", "msgpack"))))

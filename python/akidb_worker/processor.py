"""What this machine's processor can do."""

from __future__ import annotations

import re
from pathlib import Path


def processor_flags() -> frozenset[str]:
    """The names that Linux has for them, such as ``avx512f``; none on another system."""
    try:
        found = re.search(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return frozenset()
    return frozenset(found[1].split()) if found else frozenset()

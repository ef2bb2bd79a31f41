"""A death like a native library's."""

from __future__ import annotations

import ctypes
from typing import NoReturn


def crash() -> NoReturn:
    """Reads the null pointer: a segmentation fault."""
    ctypes.string_at(0)
    raise AssertionError("The null pointer could be read.")

"""Keeps stdin and stdout for frames, so that nothing a library prints or reads can break the conversation."""

from __future__ import annotations

import os
import sys


def take_standard_streams() -> tuple[int, int]:
    """Returns private descriptors for reading and writing frames.

    Afterwards descriptor 0 is empty and descriptor 1 is stderr, for this process, its native libraries and its children.
    """
    frames_in = os.dup(0)
    frames_out = os.dup(1)
    keep_frames_from_others(2)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(frames_in, os.O_BINARY)
        msvcrt.setmode(frames_out, os.O_BINARY)
    return frames_in, frames_out


def keep_frames_from_others(stderr: int) -> None:
    """Leaves an empty stdin to everybody in this process, and one place for all that is printed."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(stderr, 1)
    os.dup2(stderr, 2)
    os.close(nothing)

"""What one worker has hashed need not be hashed by the next one that is forked: a page of memory that they share.

A file is the same when its device, inode, size and times are; nobody can set the time of its last change back. What somebody has
damaged in the page is not believed, and the host compares with the fingerprint that it has computed itself, and a worker's vectors
with those of the worker before it.
"""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Sequence

from akidb_worker.safetensors_file import SafetensorsFile

_DIGEST_BYTES = 32

# A file that was changed just now can be changed again without its times telling.
_SETTLED_SECONDS = 2.0


class KnownFingerprint:
    """The last fingerprint that was computed, and the files that it belongs to. Make it before the fork."""

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, mmap.PAGESIZE)

    def recall(self, files: Sequence[SafetensorsFile]) -> bytes | None:
        """The fingerprint of these files, if it is the one that is known."""
        content = self._page[: 3 * _DIGEST_BYTES]
        stamp, fingerprint, check = (content[start : start + _DIGEST_BYTES] for start in range(0, len(content), _DIGEST_BYTES))
        known = stamp == _stamp(files) and check == _check(stamp, fingerprint)
        return fingerprint if known else None

    def remember(self, files: Sequence[SafetensorsFile], fingerprint: bytes) -> None:
        """These files, as they were when they were opened, have this fingerprint."""
        if all(file.status.st_ctime < file.opened - _SETTLED_SECONDS for file in files):
            stamp = _stamp(files)
            self._page[: 3 * _DIGEST_BYTES] = stamp + fingerprint + _check(stamp, fingerprint)


def _stamp(files: Sequence[SafetensorsFile]) -> bytes:
    states = (file.status for file in files)
    facts = [(state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns) for state in states]
    return hashlib.sha256(repr(facts).encode()).digest()


def _check(stamp: bytes, fingerprint: bytes) -> bytes:
    # Two workers may write at the same time.
    return hashlib.sha256(stamp + fingerprint).digest()

"""The SHA-256 of the weights, computed beside the import of torch."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence

from akidb_worker.background import Rests, lower_priority
from akidb_worker.safetensors_file import SafetensorsFile

# A few milliseconds of work.
_CHUNK_BYTES = 4 << 20


class Fingerprint:
    """Starts at once on a thread of its own: hashing releases the interpreter."""

    def __init__(self, files: Sequence[SafetensorsFile], background: bool) -> None:
        self._files = files
        self._background = background
        self._digests: list[bytes] = []
        self._thread = threading.Thread(target=self._compute, name="fingerprint", daemon=True)
        self._thread.start()

    def result(self) -> str:
        """Lower-case hex: the file's own, or of several files that of their digests in order."""
        self._thread.join()
        if len(self._digests) == 1:
            return self._digests[0].hex()
        return hashlib.sha256(b"".join(self._digests)).hexdigest()

    def _compute(self) -> None:
        if self._background:
            lower_priority()
        rest = Rests(self._background)
        for file in self._files:
            digest = hashlib.sha256()
            with memoryview(file.mapping) as content:
                for start in range(0, len(content), _CHUNK_BYTES):
                    with content[start : start + _CHUNK_BYTES] as chunk:
                        digest.update(chunk)
                        file.forget(start, len(chunk))
                    rest()
            self._digests.append(digest.digest())

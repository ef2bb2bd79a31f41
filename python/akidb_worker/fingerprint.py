"""The SHA-256 of the weights, computed beside the import of torch."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence

from akidb_worker.background import Throttle, lower_priority
from akidb_worker.known_fingerprint import KnownFingerprint
from akidb_worker.safetensors_file import SafetensorsFile

# A few milliseconds of work.
_CHUNK_BYTES = 4 << 20

# How often who waits is told how far it is.
_LOOK_SECONDS = 1.0


class Fingerprint:
    """Starts at once on a thread of its own, for hashing releases the interpreter; unless it is known."""

    def __init__(self, files: Sequence[SafetensorsFile], background: bool, known: KnownFingerprint) -> None:
        self._files = files
        self._background = background
        self._known = known
        self._hashed = 0
        self._failure: Exception | None = None
        self._digest = known.recall(files) or b""
        self._thread = threading.Thread(target=self._compute, name="fingerprint", daemon=True)
        if not self._digest:
            self._thread.start()

    def result(self, moved: Callable[[float], None]) -> str:
        """Lower-case hex: the file's own, or of several files that of their digests in order.

        While it is waited for, ``moved`` is told now and then the share that is done, if it has become more.
        """
        told = 0
        while self._thread.is_alive():
            self._thread.join(_LOOK_SECONDS)
            if self._hashed > told:
                told = self._hashed
                moved(told / sum(len(file.mapping) for file in self._files))
        if self._failure is not None:
            raise self._failure
        return self._digest.hex()

    def _compute(self) -> None:
        try:
            self._hash()
        except Exception as error:
            self._failure = error

    def _hash(self) -> None:
        if self._background:
            lower_priority()
        throttle = Throttle(self._background)
        digests = []
        for file in self._files:
            digest = hashlib.sha256()
            with memoryview(file.mapping) as content:
                for start in range(0, len(content), _CHUNK_BYTES):
                    with content[start : start + _CHUNK_BYTES] as chunk:
                        digest.update(chunk)
                        file.forget(start, len(chunk))
                        self._hashed += len(chunk)
                    throttle()
            digests.append(digest.digest())
        self._digest = digests[0] if len(digests) == 1 else hashlib.sha256(b"".join(digests)).digest()
        self._known.remember(self._files, self._digest)

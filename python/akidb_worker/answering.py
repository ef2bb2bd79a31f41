"""From an embed request to its rows. Imports NumPy: the worker imports this once the libraries are there."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

from akidb_worker.loading import LoadedModel
from akidb_worker.messages import Embed, Rows
from akidb_worker.requests import read_batch


class Answering:
    """What a loaded worker does with a batch."""

    def __init__(self, loaded: LoadedModel) -> None:
        self._inference = loaded.inference
        self._limits = loaded.limits
        self._close = loaded.close

    def rows(self, embed: Embed, max_reply_bytes: int, moved: Callable[[], None]) -> Rows:
        """The answer; ``moved`` is called at every step of the computation and may raise to stop it."""
        ids, lengths = read_batch(embed, self._limits, max_reply_bytes)
        started = time.perf_counter_ns()
        rows = self._inference.embed(ids, lengths, moved)
        elapsed = time.perf_counter_ns() - started
        return Rows(embed.id, rows.shape[0], rows.shape[1], elapsed // 1000, rows.data)

    def close(self) -> None:
        """Ends the threads that compute."""
        self._close()

    def release_memory(self) -> None:
        """Call it after a batch that did not fit, so that half of it finds room."""
        gc.collect()
        self._inference.release_memory()

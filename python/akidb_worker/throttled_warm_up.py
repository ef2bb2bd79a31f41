"""The first batch of a worker that nobody waits for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from akidb_worker.background import MOST_PAUSE_SECONDS, Throttle
from akidb_worker.embedder import Embedder, Floats, Ints


class ThrottledWarmUp:
    """Satisfies Embedder. Computes its first batch, with which the host checks a new worker, text by text and with pauses, and no other."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._is_first = True

    def embed(self, ids: Ints, lengths: Sequence[int], moved: Callable[[], None]) -> Floats:
        """One row per text, in order; ``moved`` is called at every step and may raise to stop."""
        if not self._is_first:
            return self._embedder.embed(ids, lengths, moved)
        self._is_first = False
        throttle = Throttle(background=True, at_most=MOST_PAUSE_SECONDS)

        def moved_and_paused() -> None:
            moved()
            throttle()

        # The smaller a step is, the shorter others wait for it. A large model does not take its time.
        rows = []
        done = start = 0
        while done < len(lengths):
            count = len(lengths) - done if throttle.is_spent else 1
            end = start + sum(lengths[done : done + count])
            rows.append(self._embedder.embed(ids[start:end], lengths[done : done + count], moved_and_paused))
            done, start = done + count, end
        return np.concatenate(rows)

    def release_memory(self) -> None:
        """Gives back the device's memory that is kept for later."""
        self._embedder.release_memory()

"""The first batch of a worker that nobody waits for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate

import numpy as np

from akidb_worker.background import Rests
from akidb_worker.embedder import Embedder, Floats, Ints

# The host does not wait for ever for the first batch.
_MOST_REST_SECONDS = 5.0


class Unhurried:
    """Satisfies Embedder. Computes its first batch, with which the host checks a new worker, text by text and with rests, and no other."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._is_first = True

    def embed(self, ids: Ints, lengths: Sequence[int], moved: Callable[[], None]) -> Floats:
        """One row per text, in order; ``moved`` is called at every step and may raise to stop."""
        if not self._is_first:
            return self._embedder.embed(ids, lengths, moved)
        self._is_first = False
        rest = Rests(background=True, at_most=_MOST_REST_SECONDS)

        def moved_and_rested() -> None:
            moved()
            rest()

        # The smaller a step is, the shorter others wait for it.
        texts = [ids[end - length : end] for end, length in zip(accumulate(lengths), lengths, strict=True)]
        return np.concatenate([self._embedder.embed(text, [text.size], moved_and_rested) for text in texts])

    def release_memory(self) -> None:
        """Gives back the device's memory that is kept for later."""
        self._embedder.release_memory()

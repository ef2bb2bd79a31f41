"""What every loaded model looks like from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]


class Embedder(Protocol):
    """Turns ids into rows."""

    def embed(self, ids: Ints, lengths: Sequence[int], moved: Callable[[], None]) -> Floats:
        """One row per text, in order. The ids must be valid; ``moved`` is called at every step, by any thread, and may raise to stop."""

    def release_memory(self) -> None:
        """Gives back the device's memory that is kept for later."""

"""What every architecture's forward pass looks like from outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from torch import Tensor

from akidb_worker.micro_batches import MicroBatch


class Encoder(Protocol):
    """A transformer over the tokens of a micro-batch one after the other: no row is padding."""

    def forward(self, ids: Tensor, batch: MicroBatch, picked: Tensor | None, moved: Callable[[], None]) -> Tensor:
        """The last hidden states: a row per token, or only the rows picked.

        ``moved`` is called after each step, several times in a layer, and may raise to stop the work.
        """

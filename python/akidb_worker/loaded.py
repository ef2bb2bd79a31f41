"""What a way of loading hands over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from akidb_worker.embedder import Embedder
from akidb_worker.requests import BatchLimits


@dataclass(frozen=True, slots=True)
class LoadedEncoder:
    """A model that can compute, and what the host is told of it."""

    embedder: Embedder
    limits: BatchLimits
    encoder: str
    dimension: int
    max_tokens: int
    pooling: str
    dtype: str
    close: Callable[[], None] = lambda: None
    """Ends the threads that it computes with."""

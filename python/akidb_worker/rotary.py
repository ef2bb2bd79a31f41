"""Rotary positions: each pair of components, one from each half of a head, is turned by an angle that grows with the position."""

from __future__ import annotations

import torch
from torch import Tensor

from akidb_worker.micro_batches import MicroBatch


class Rotation:
    """The angles of one micro-batch's tokens."""

    def __init__(self, cos: Tensor, sin: Tensor) -> None:
        self._cos = cos
        self._sin = sin

    def turned(self, x: Tensor, rows: slice) -> Tensor:
        """The heads of some tokens, [tokens, heads, size], turned; in float32."""
        first, second = x.chunk(2, -1)
        sin = self._sin[rows]
        rotated = x * self._cos[rows]
        left, right = rotated.chunk(2, -1)
        left.addcmul_(second, sin, value=-1)
        right.addcmul_(first, sin)
        return rotated


class Rotary:
    """The frequencies. The reference computes them in float32, step by step."""

    def __init__(self, head_size: int, theta: float, factor: float, device: torch.device) -> None:
        """``factor``: how much longer than in training texts may be, by the "ntk" rule; 1 for no longer."""
        exponents = torch.arange(0, head_size, 2, dtype=torch.float32, device=device) / head_size
        self._frequencies = 1.0 / (theta * factor) ** exponents / factor ** (2 / head_size)

    def of(self, batch: MicroBatch) -> Rotation:
        """The rotation of each token by its place in its text."""
        longest = torch.arange(batch.runs[-1].length, dtype=torch.float32, device=self._frequencies.device)
        positions = torch.cat([longest[: run.length].repeat(run.texts) for run in batch.runs])
        angles = torch.outer(positions, self._frequencies).unsqueeze(1)
        return Rotation(angles.cos().repeat(1, 1, 2), angles.sin())

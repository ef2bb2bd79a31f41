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
    """Turns by these frequencies, one for each pair of components, and multiplies with a magnitude."""

    def __init__(self, frequencies: Tensor, magnitude: float = 1.0) -> None:
        self._frequencies = frequencies
        self._magnitude = magnitude

    def of(self, batch: MicroBatch) -> Rotation:
        """The rotation of each token by its place in its text."""
        longest = torch.arange(batch.runs[-1].length, dtype=torch.float32, device=self._frequencies.device)
        positions = torch.cat([longest[: run.length].repeat(run.texts) for run in batch.runs])
        angles = torch.outer(positions, self._frequencies).unsqueeze(1)
        cos, sin = angles.cos(), angles.sin()
        if self._magnitude != 1.0:
            cos, sin = cos * self._magnitude, sin * self._magnitude
        return Rotation(cos.repeat(1, 1, 2), sin)


def plain_frequencies(head_size: int, theta: float, factor: float, device: torch.device) -> Tensor:
    """Those of a base; the reference computes them in float32, step by step.

    ``factor``: how much longer than in training texts may be, by the "ntk" rule; 1 for no longer.
    """
    exponents = torch.arange(0, head_size, 2, dtype=torch.float32, device=device) / head_size
    frequencies: Tensor = 1.0 / (theta * factor) ** exponents / factor ** (2 / head_size)
    return frequencies

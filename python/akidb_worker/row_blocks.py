"""Rows computed a block at a time, so that a long text takes little more memory than a short one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from torch import Tensor

# On a CPU more rows fall out of the cache and fewer are slower to multiply; a GPU wants much to do at once.
_CPU_ROWS = 512
_GPU_ROWS = 16_384


class RowBlocks:
    """The blocks of a micro-batch; ``moved`` is called after each step and may raise to stop."""

    def __init__(self, rows: Tensor, moved: Callable[[], None]) -> None:
        self._count = rows.shape[0]
        self._most = _CPU_ROWS if rows.device.type == "cpu" else _GPU_ROWS
        self._moved = moved

    def __iter__(self) -> Iterator[slice]:
        for first in range(0, self._count, self._most):
            yield slice(first, min(first + self._most, self._count))
            self._moved()

    def gather(self, compute: Callable[[slice], tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
        """Several results at once, for all rows. Of a single block they are what was computed, without a copy."""
        wholes: tuple[Tensor, ...] = ()
        for rows in self:
            parts = compute(rows)
            if self._count <= self._most:
                wholes = parts
            else:
                wholes = wholes or tuple(part.new_empty((self._count, *part.shape[1:])) for part in parts)
                for whole, part in zip(wholes, parts, strict=True):
                    whole[rows] = part
        return wholes

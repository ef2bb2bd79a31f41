"""Attention over texts that lie one behind the other, without padding, and with key/value heads that several query heads share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from akidb_worker.micro_batches import MicroBatch, Run

Attend = Callable[[Tensor, Tensor, Tensor, Callable[[], None]], Tensor]
"""Queries of [tokens, heads, size], keys and values of [tokens, key/value heads, size], and ``moved``: [tokens, heads * size].

The queries' memory may be overwritten; ``moved`` is called after each step and may raise to stop.
"""

Shares = Callable[[int], Tensor]
"""For texts of this length, or shorter: what each distance from a query to a key adds to the score, [heads, 2 * farthest + 1]."""

# Of one step: 16 MB in float32. Measured: of longer texts all heads at once take up to twice the time.
_MOST_SCORES = 1 << 22
_MOST_QUERIES = 256
_FEWEST_QUERIES = 16


class Attention(Protocol):
    """A way to compute attention."""

    def over(self, batch: MicroBatch, device: torch.device) -> Attend:
        """The function for this micro-batch, the same for all layers."""


class PlainAttention:
    """The scores, their softmax, their sum of values: for every torch. No head is repeated, and memory is bounded.

    In float32, whatever the type: on some CPUs torch 1.13 adds up products of 16 bits in 16 bits, which is off by percents.
    """

    def __init__(self, causal: bool, shares: Shares | None = None, reach: int | None = None) -> None:
        """``reach``: how far a token sees, to one side; None for all."""
        self._causal = causal
        self._shares = shares
        self._reach = reach

    def over(self, batch: MicroBatch, device: torch.device) -> Attend:
        def attend(q: Tensor, k: Tensor, v: Tensor, moved: Callable[[], None]) -> Tensor:
            dtype = q.dtype
            q, k, v = q.float(), k.float(), v.float()
            q.mul_(q.shape[2] ** -0.5)
            contexts = [self._attend(q[run.rows], k[run.rows], v[run.rows], run, moved) for run in batch.runs]
            return (contexts[0] if len(contexts) == 1 else torch.cat(contexts)).to(dtype)

        return attend

    def _attend(self, q: Tensor, k: Tensor, v: Tensor, run: Run, moved: Callable[[], None]) -> Tensor:
        if run.length <= _MOST_QUERIES and run.texts * q.shape[1] * run.length**2 <= _MOST_SCORES:
            context = self._all_at_once(q, k, v, run)
            moved()
            return context
        for start in range(0, run.texts * run.length, run.length):
            text = slice(start, start + run.length)
            self._head_by_head(q[text], k[text], v[text], moved)
        return q.reshape(q.shape[0], -1)

    def _all_at_once(self, q: Tensor, k: Tensor, v: Tensor, run: Run) -> Tensor:
        # The query heads that share a key/value head lie one below the other, so that nothing is repeated.
        texts, length, groups, size = run.texts, run.length, k.shape[1], k.shape[2]
        q = q.view(texts, length, groups, -1, size).permute(0, 2, 3, 1, 4).reshape(texts * groups, -1, size)
        k, v = (t.view(texts, length, groups, size).transpose(1, 2).reshape(texts * groups, length, size) for t in (k, v))
        scores = torch.bmm(q, k.transpose(1, 2))
        if (hidden := self._hidden(0, length, slice(0, length), q.device)) is not None:
            scores.view(texts * groups, -1, length, length).masked_fill_(hidden, float("-inf"))
        if self._shares is not None:
            scores.view(texts, groups, length, length).add_(_between(self._shares(length), 0, length, slice(0, length)))
        context = torch.bmm(torch.softmax(scores, -1), v)
        return context.view(texts, groups, -1, length, size).permute(0, 3, 1, 2, 4).reshape(texts * length, -1)

    def _head_by_head(self, q: Tensor, k: Tensor, v: Tensor, moved: Callable[[], None]) -> None:
        """One text; the queries, which nobody needs again, are replaced by their contexts."""
        length, heads, _ = q.shape
        shared = heads // k.shape[1]
        reach = length if self._reach is None else self._reach
        shares = None if self._shares is None else self._shares(length)
        first = 0
        while first < length:
            seen = min(first + _MOST_QUERIES if self._causal else length, 2 * reach + _MOST_QUERIES)
            last = min(length, first + max(_FEWEST_QUERIES, min(_MOST_QUERIES, _MOST_SCORES // seen)))
            keys = slice(max(0, first - reach), last if self._causal else min(length, last + reach))
            hidden = self._hidden(first, last, keys, q.device)
            for head in range(heads):
                scores = torch.mm(q[first:last, head], k[keys, head // shared].t())
                if hidden is not None:
                    scores.masked_fill_(hidden, float("-inf"))
                if shares is not None:
                    scores.add_(_between(shares[head], first, last, keys))
                q[first:last, head] = torch.mm(torch.softmax(scores, -1), v[keys, head // shared])
                moved()
            first = last

    def _hidden(self, first: int, last: int, keys: slice, device: torch.device) -> Tensor | None:
        """Which of these keys each query from first to last does not see; None where it sees all."""
        reach = self._reach
        if not self._causal and (reach is None or keys.stop - keys.start <= reach):
            return None
        distances = torch.arange(keys.start, keys.stop, device=device)[None, :] - torch.arange(first, last, device=device)[:, None]
        if reach is None:
            return distances > 0
        return (distances > 0) | (distances < -reach) if self._causal else distances.abs() > reach


def _between(shares: Tensor, first: int, last: int, keys: slice) -> Tensor:
    """The share of each key for each query from first to last, [..., queries, keys], of a contiguous [..., 2 * farthest + 1].

    From the last query to the first, each row is the one before it, moved on by one: so nothing is looked up.
    """
    nearest = shares.shape[-1] // 2 + keys.start - (last - 1)
    sizes = (*shares.shape[:-1], last - first, keys.stop - keys.start)
    rows = shares.as_strided(sizes, (*shares.stride()[:-1], 1, 1), shares.storage_offset() + nearest)
    return rows.flip(-2)

"""How the token vectors of a text become one vector: the six poolings of sentence-transformers, one of them or several side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import torch
from torch import Tensor

from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.micro_batches import MicroBatch, Run


def _max(tokens: Tensor, skipped: int) -> Tensor:
    return tokens.amax(1)


def _mean(tokens: Tensor, skipped: int) -> Tensor:
    return tokens.mean(1)


def _mean_sqrt_length(tokens: Tensor, skipped: int) -> Tensor:
    return tokens.sum(1).div_(float(tokens.shape[1]) ** 0.5)


def _weighted_mean(tokens: Tensor, skipped: int) -> Tensor:
    # A token weighs what it does in the whole text.
    weights = torch.arange(skipped + 1, skipped + tokens.shape[1] + 1, dtype=tokens.dtype, device=tokens.device)
    return torch.matmul(weights, tokens).div_(weights.sum())


# From the tokens that are pooled, and how many stand before them.
_OVER_TOKENS: dict[str, Callable[[Tensor, int], Tensor]] = {
    "max": _max,
    "mean": _mean,
    "mean_sqrt_len_tokens": _mean_sqrt_length,
    "weightedmean": _weighted_mean,
}

_ONE_TOKEN: dict[str, Callable[[int, int], int]] = {
    "cls": lambda length, skipped: skipped,
    "lasttoken": lambda length, skipped: length - 1,
}

_POOLINGS = frozenset(_OVER_TOKENS) | frozenset(_ONE_TOKEN)


def poolings_of(name: str) -> tuple[str, ...]:
    """The poolings that a name joins with plus signs."""
    poolings = tuple(name.split("+"))
    for pooling in poolings:
        if pooling not in _POOLINGS:
            raise WorkerError(
                ErrorKind.BAD_MODEL, f"The pooling '{pooling[:100]}' is unknown; this worker has {', '.join(sorted(_POOLINGS))}."
            )
    return poolings


def picked_rows(poolings: Sequence[str], batch: MicroBatch, device: torch.device, skipped: Sequence[int] | None = None) -> Tensor | None:
    """The micro-batch's rows that the pooling looks at, where that is one token per text; None for all.

    ``skipped``: how many of each text's tokens, by its index in the batch, are not pooled; None for none.
    """
    token = _ONE_TOKEN.get(poolings[0]) if len(poolings) == 1 else None
    return None if token is None else _rows_of(token, batch, device, skipped)


def pool(poolings: Sequence[str], hidden: Tensor, batch: MicroBatch, skipped: Sequence[int] | None = None) -> Tensor:
    """One row per text, from the rows of all tokens."""
    pooled = [_pool(pooling, hidden, batch, skipped) for pooling in poolings]
    return pooled[0] if len(pooled) == 1 else torch.cat(pooled, 1)


def _pool(pooling: str, hidden: Tensor, batch: MicroBatch, skipped: Sequence[int] | None) -> Tensor:
    if pooling in _ONE_TOKEN:
        return hidden[_rows_of(_ONE_TOKEN[pooling], batch, hidden.device, skipped)]
    over_tokens = _OVER_TOKENS[pooling]
    runs = ((run, 0) for run in batch.runs) if skipped is None else _alike(batch, skipped)
    pooled = [over_tokens(hidden[run.rows].view(run.texts, run.length, -1)[:, before:], before) for run, before in runs]
    return pooled[0] if len(pooled) == 1 else torch.cat(pooled)


def _alike(batch: MicroBatch, skipped: Sequence[int]) -> Iterator[tuple[Run, int]]:
    """The runs, divided where texts of equal length do not begin to be pooled at the same place."""
    texts = iter(batch.texts)
    for run in batch.runs:
        start = run.start
        for before, equals in groupby(skipped[next(texts)] for _ in range(run.texts)):
            part = Run(start, sum(1 for _ in equals), run.length)
            yield part, before
            start = part.stop


def _rows_of(token: Callable[[int, int], int], batch: MicroBatch, device: torch.device, skipped: Sequence[int] | None) -> Tensor:
    before = [0] * len(batch.texts) if skipped is None else [skipped[text] for text in batch.texts]
    places = ((row, run.length) for run in batch.runs for row in range(run.start, run.stop, run.length))
    return torch.tensor([row + token(length, first) for (row, length), first in zip(places, before, strict=True)], device=device)

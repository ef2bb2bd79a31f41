"""How the token vectors of a text become one vector: the six poolings of sentence-transformers, one of them or several side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.micro_batches import MicroBatch, Run


def _max(tokens: Tensor) -> Tensor:
    return tokens.amax(1)


def _mean(tokens: Tensor) -> Tensor:
    return tokens.mean(1)


def _mean_sqrt_length(tokens: Tensor) -> Tensor:
    return tokens.sum(1).div_(float(tokens.shape[1]) ** 0.5)


def _weighted_mean(tokens: Tensor) -> Tensor:
    weights = torch.arange(1, tokens.shape[1] + 1, dtype=tokens.dtype, device=tokens.device)
    return torch.matmul(weights, tokens).div_(weights.sum())


_OVER_TOKENS: dict[str, Callable[[Tensor], Tensor]] = {
    "max": _max,
    "mean": _mean,
    "mean_sqrt_len_tokens": _mean_sqrt_length,
    "weightedmean": _weighted_mean,
}

_ONE_TOKEN: dict[str, Callable[[Run], int]] = {
    "cls": lambda run: 0,
    "lasttoken": lambda run: run.length - 1,
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


def picked_rows(poolings: Sequence[str], batch: MicroBatch, device: torch.device) -> Tensor | None:
    """The micro-batch's rows that the pooling looks at, where that is one token per text; None for all."""
    token = _ONE_TOKEN.get(poolings[0]) if len(poolings) == 1 else None
    return None if token is None else _rows_of(token, batch, device)


def pool(poolings: Sequence[str], hidden: Tensor, batch: MicroBatch) -> Tensor:
    """One row per text, from the rows of all tokens."""
    pooled = [_pool(pooling, hidden, batch) for pooling in poolings]
    return pooled[0] if len(pooled) == 1 else torch.cat(pooled, 1)


def _pool(pooling: str, hidden: Tensor, batch: MicroBatch) -> Tensor:
    if pooling in _ONE_TOKEN:
        return hidden[_rows_of(_ONE_TOKEN[pooling], batch, hidden.device)]
    over_tokens = _OVER_TOKENS[pooling]
    pooled = [over_tokens(hidden[run.rows].view(run.texts, run.length, -1)) for run in batch.runs]
    return pooled[0] if len(pooled) == 1 else torch.cat(pooled)


def _rows_of(token: Callable[[Run], int], batch: MicroBatch, device: torch.device) -> Tensor:
    rows = [row + token(run) for run in batch.runs for row in range(run.start, run.stop, run.length)]
    return torch.tensor(rows, device=device)
